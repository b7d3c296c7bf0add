using System.Globalization;
using System.Net;
using System.Text;

namespace Silos.Ingestion.Quality;

/// <summary>The quality report of a load as one HTML page without scripts, for the hospital's own eyes: it holds exact counts. The JSON
/// is <see cref="LoadReport"/> itself.</summary>
public static class QualityPage
{
    public static string Of(string dataset, LoadReport report)
    {
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Load of {Safe(dataset)}</title></head><body><main><h1>Load of {Safe(dataset)}</h1>");
        page.Append(CultureInfo.InvariantCulture, $"<p>{report.Patients} patients. {report.Read} records read = {report.Loaded} loaded + {report.Rejected} rejected, {report.Bytes / 1e6:F1} MB in {report.Elapsed.TotalSeconds:F1} s.</p>");
        page.Append(report.Complete ? "<p>Every file was read to its end.</p>" : "<p><strong>Not complete: the files below were not read to their end.</strong></p>");
        Table(page, "Files not read to their end", ["File", "Line", "Reason"], report.Faults.Select(fault => new[] { fault.File, Number(fault.Line), fault.Reason }));
        Table(page, "Records", ["Type", "Read", "Loaded", "Rejected", ""], report.Types.Select(type => new[] { type.Type, Number(type.Read), Number(type.Loaded), Number(type.Rejected), type.Ignored ? "no view asks for it" : "" }));
        Table(page, "Attributes", ["Attribute", "Complete", "Smallest", "Greatest", "Distinct", "Out of bounds", "Unreadable", "Unmapped"], report.Attributes.Select(a => new[]
        {
            a.Name, report.Patients == 0 ? "" : (a.Filled / (double)report.Patients).ToString("P1", CultureInfo.InvariantCulture), a.Minimum ?? "", a.Maximum ?? "",
            Number(a.Distinct), Number(a.OutOfBounds), Number(a.Unreadable), Number(a.Unmapped),
        }));
        Table(page, "Reasons for rejection", ["Reason", "Records"], report.Rejections.GroupBy(r => r.Reason, StringComparer.Ordinal).OrderByDescending(group => group.Count()).Select(group => new[] { group.Key, Number(group.Count()) }));
        Table(page, "Rejected records (the first 1,000)", ["File", "Line", "Type", "Reason"], report.Rejections.Select(r => new[] { r.File, Number(r.Line), r.Type, r.Reason }));
        Table(page, "Values left out (the first 1,000)", ["File", "Line", "Attribute", "Reason"], report.Problems.Select(p => new[] { p.File, Number(p.Line), p.Attribute, p.Reason }));
        return page.Append("</main></body></html>").ToString();
    }

    /// <summary>One line for a terminal: a bar, the share, and the speed.</summary>
    /// <param name="done">Packed bytes read.</param>
    public static string ProgressLine(long done, long total, TimeSpan elapsed)
    {
        const int Width = 30;
        var share = total == 0 ? 1 : Math.Clamp(done / (double)total, 0, 1);
        var full = (int)(share * Width);
        var speed = elapsed.TotalSeconds < 0.001 ? 0 : done / 1e6 / elapsed.TotalSeconds;
        return string.Create(CultureInfo.InvariantCulture, $"[{new string('#', full)}{new string('.', Width - full)}] {share * 100,3:F0} % {done / 1e6,8:F1} MB {speed,6:F1} MB/s");
    }

    private static void Table(StringBuilder page, string title, string[] heads, IEnumerable<string[]> rows)
    {
        var body = string.Concat(rows.Select(row => $"<tr>{string.Concat(row.Select(cell => $"<td>{Safe(cell)}</td>"))}</tr>"));
        if (body.Length > 0)
        {
            page.Append(CultureInfo.InvariantCulture, $"<table><caption>{title}</caption><thead><tr>{string.Concat(heads.Select(head => $"<th scope=\"col\">{head}</th>"))}</tr></thead><tbody>{body}</tbody></table>");
        }
    }

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Safe(string text) => WebUtility.HtmlEncode(text);
}
