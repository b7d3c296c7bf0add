// Bars with their 95 % intervals. The table beside a chart says the same in words; the chart is drawn on a canvas, without inline styles.
import * as echarts from '/lib/echarts.esm.min.mjs';

const dark = matchMedia('(prefers-color-scheme: dark)');
const drawn = new Map();

export function draw(place) {
  drawn.get(place)?.dispose();
  const bars = JSON.parse(place.dataset.chart);
  const chart = echarts.init(place, null, { renderer: 'canvas' });
  drawn.set(place, chart);
  const token = name => getComputedStyle(place).getPropertyValue(name).trim();
  const write = value => value === null ? '' : String(value).replace('.', place.dataset.decimal);
  const text = { color: token('--ink-soft'), fontFamily: token('--font'), fontSize: 13 };
  chart.setOption({
    animation: false,
    aria: { enabled: false },
    grid: { left: 8, right: 16, top: 16, bottom: 8, containLabel: true },
    textStyle: text,
    tooltip: {
      trigger: 'axis', renderMode: 'richText', backgroundColor: token('--paper-raised'), borderColor: token('--line'), textStyle: { color: token('--ink') },
      formatter: items => { const bar = bars[items[0].dataIndex]; return `${bar.label}\n${write(bar.value)}  (${write(bar.low)} – ${write(bar.high)})`; },
    },
    xAxis: { type: 'category', data: bars.map(bar => bar.label), axisLabel: text, axisTick: { show: false }, axisLine: { lineStyle: { color: token('--line') } } },
    yAxis: { type: 'value', axisLabel: { ...text, formatter: write }, splitLine: { lineStyle: { color: token('--line') } } },
    series: [
      { type: 'bar', data: bars.map(bar => bar.value), itemStyle: { color: token('--chart'), borderRadius: [3, 3, 0, 0] }, barMaxWidth: 56 },
      {
        type: 'custom', z: 5, encode: { x: 0, y: [1, 2] },
        data: bars.flatMap((bar, i) => bar.low === null ? [] : [[i, bar.low, bar.high]]),
        renderItem: (_, api) => {
          const [x, low] = api.coord([api.value(0), api.value(1)]);
          const high = api.coord([api.value(0), api.value(2)])[1];
          const style = { stroke: token('--ink'), lineWidth: 1.5, fill: null };
          const line = (x1, y1, x2, y2) => ({ type: 'line', shape: { x1, y1, x2, y2 }, style });
          return { type: 'group', children: [line(x, low, x, high), line(x - 7, low, x + 7, low), line(x - 7, high, x + 7, high)] };
        },
      },
    ],
  });
  new ResizeObserver(() => chart.resize()).observe(place);
}

dark.addEventListener('change', () => drawn.forEach((_, place) => draw(place)));
