// Shows a load's quality report that this browser opened: text only, a row of the page's own templates for each line of the report.
const one = (root, selector) => root.querySelector(selector);
const language = () => document.documentElement.lang;
const write = value => typeof value === 'number' ? value.toLocaleString(language()) : value ?? '';
const share = value => value.toLocaleString(language(), { style: 'percent', maximumFractionDigits: 1 });
const moment = time => time ? new Date(time).toLocaleString(language(), { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' }) + ' UTC' : '';

/** Fills the place that the page laid out with what the silo sealed: `{dataset, version, report, loads}`. */
export function show(place, view) {
  const { report } = view;
  const says = { report: !!report, 'no-report': !report, complete: report?.complete === true, incomplete: report?.complete === false };
  place.querySelectorAll('[data-when]').forEach(part => { part.hidden = !says[part.dataset.when]; });
  rows(place, 'loads', view.loads.map(load => ({ ...load, begun: moment(load.begun) })));
  if (report) {
    const figures = { ...report, version: view.version, seconds: Math.round(seconds(report.elapsed) * 10) / 10 };
    place.querySelectorAll('[data-fill]').forEach(field => { field.textContent = write(figures[field.dataset.fill]); });
    rows(place, 'faults', report.faults);
    rows(place, 'types', report.types);
    rows(place, 'attributes', report.attributes.map(one => ({ ...one, complete: report.patients === 0 ? '' : share(one.filled / report.patients) })));
    rows(place, 'reasons', reasons(report.rejections));
    rows(place, 'rejections', report.rejections);
    rows(place, 'problems', report.problems);
  }
  one(place, '[data-opened]').hidden = false;
  one(place, '[data-opened-status]').focus();
}

/** How often each reason stands in the list, the most frequent first. */
export function reasons(rejections) {
  const counts = new Map();
  for (const { reason } of rejections) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return [...counts].map(([reason, records]) => ({ reason, records })).sort((a, b) => b.records - a.records);
}

/** Seconds of a duration as .NET writes it: `[d.]hh:mm:ss[.fffffff]`. */
export function seconds(duration) {
  const [, days, hours, minutes, rest] = /^(?:(\d+)\.)?(\d+):(\d+):(\d+(?:\.\d+)?)$/.exec(duration) ?? [];
  return rest === undefined ? 0 : (((days ?? 0) * 24 + +hours) * 60 + +minutes) * 60 + +rest;
}

function rows(place, name, lines) {
  const part = one(place, `[data-part="${name}"]`);
  const none = one(part, '[data-none]');
  part.hidden = lines.length === 0 && !none;
  one(part, '.table-scroll').hidden = lines.length === 0;
  if (none) none.hidden = lines.length > 0;
  one(part, 'tbody').replaceChildren(...lines.map(line => {
    const row = one(part, 'template').content.cloneNode(true);
    row.querySelectorAll('[data-cell]').forEach(cell => {
      const value = line[cell.dataset.cell];
      cell.textContent = cell.dataset.words ? JSON.parse(cell.dataset.words)[value] ?? value : write(value);
    });
    return row;
  }));
}
