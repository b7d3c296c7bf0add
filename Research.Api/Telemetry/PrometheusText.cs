using System.Globalization;
using System.Text;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Research.Api.Telemetry;

/// <summary>Writes metrics as Prometheus reads them (text exposition format 0.0.4).</summary>
internal sealed class PrometheusText : BaseExporter<Metric>
{
    private readonly Lock one = new();
    private readonly StringBuilder page = new();
    private BaseExportingMetricReader? reader;

    /// <summary>The reader that feeds this page.</summary>
    public BaseExportingMetricReader Reader => reader ??= new BaseExportingMetricReader(this) { TemporalityPreference = MetricReaderTemporalityPreference.Cumulative };

    /// <summary>The page as of now.</summary>
    public string Read()
    {
        lock (one)
        {
            page.Clear();
            Reader.Collect();
            return page.ToString();
        }
    }

    public override ExportResult Export(in Batch<Metric> batch)
    {
        foreach (var metric in batch)
        {
            var kind = metric.MetricType switch
            {
                MetricType.Histogram => "histogram",
                MetricType.LongSum or MetricType.DoubleSum => "counter",
                _ => "gauge",
            };
            page.Append(CultureInfo.InvariantCulture, $"# HELP {metric.Name} {metric.Description}\n# TYPE {metric.Name} {kind}\n");
            foreach (ref readonly var point in metric.GetMetricPoints())
            {
                Write(metric, point);
            }
        }

        return ExportResult.Success;
    }

    private void Write(Metric metric, in MetricPoint point)
    {
        var labels = new List<string>();
        foreach (var (key, value) in point.Tags)
        {
            labels.Add($"{key}=\"{Convert.ToString(value, CultureInfo.InvariantCulture)!.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)}\"");
        }

        switch (metric.MetricType)
        {
            case MetricType.Histogram:
                var counted = 0L;
                foreach (var bucket in point.GetHistogramBuckets())
                {
                    counted += bucket.BucketCount;
                    var bound = double.IsPositiveInfinity(bucket.ExplicitBound) ? "+Inf" : bucket.ExplicitBound.ToString(CultureInfo.InvariantCulture);
                    Line(metric.Name + "_bucket", [.. labels, $"le=\"{bound}\""], counted);
                }

                Line(metric.Name + "_sum", labels, point.GetHistogramSum());
                Line(metric.Name + "_count", labels, point.GetHistogramCount());
                break;
            case MetricType.LongSum or MetricType.LongSumNonMonotonic:
                Line(metric.Name, labels, point.GetSumLong());
                break;
            case MetricType.LongGauge:
                Line(metric.Name, labels, point.GetGaugeLastValueLong());
                break;
            default:
                throw new NotSupportedException($"metric {metric.Name} is a {metric.MetricType}, which the page does not know");
        }
    }

    private void Line(string name, IReadOnlyList<string> labels, double value) =>
        page.Append(name).Append(labels.Count == 0 ? "" : $"{{{string.Join(',', labels)}}}").Append(' ').Append(value.ToString("R", CultureInfo.InvariantCulture)).Append('\n');
}
