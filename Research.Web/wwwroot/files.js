// Files that the hub relays sealed: fetched here, opened here, shown here. Neither the key nor what it opens leaves the browser.
import { sha256, toBase64Url } from './canonical.js';
import { rowsOf, smallestClass, unseal } from './sealed.js';
import { keyFrom, keyId } from './signing.js';

const shownRows = 50;
const one = (root, selector) => root.querySelector(selector);
const write = value => typeof value === 'number' ? value.toLocaleString(document.documentElement.lang) : value;

/** Downloads a released file and opens it: the researcher's side. */
export async function receive(form) {
  const place = form.closest('[data-receive]');
  const key = one(form, '[data-unseal-key]').files[0];
  if (!key) return tell(form, 'noKey');
  const release = await fetchJson(form.action, { method: 'POST', body: new FormData(form) });
  if (!release) return tell(form, 'refused');
  const manifest = release.manifest.body;
  const file = await unseal(release.file, await key.text()).catch(() => null);
  if (!file) return tell(form, 'badKey');
  if (toBase64Url(await sha256(file)) !== manifest.fileHash) return tell(form, 'changed');
  await show(place, file, manifest.quasiIdentifiers);
  fill(place, 'manifest.rows', manifest.rows);
  fill(place, 'manifest.classes', manifest.classes);
  fill(place, 'manifest.k', manifest.k);
  fill(place, 'manifest.log', manifest.log);
  const receipt = release.receipt.body ?? release.receipt;
  fill(place, 'receipt.seq', receipt.entry?.seq);
  fill(place, 'receipt.transaction', receipt.transaction);
  fill(place, 'receipt', JSON.stringify(release.receipt, null, 2));
  offer(place, 'cohort.csv', 'text/csv', file);
  offer(place, 'cohort.release.json', 'application/json', JSON.stringify(release));
  opened(place, form);
}

/** Fetches the file sealed to the checker's own key, opens it, and puts the hash of these very bytes into what she signs. */
export async function look(form) {
  const key = one(form, '[data-key-file]').files[0];
  if (!key) return;
  const text = await key.text();
  const id = await keyFrom(text).then(made => keyId(made.jwk)).catch(() => null);
  if (!id) return tell(form, 'badKey');
  const offered = await fetchJson(form.dataset.check + id);
  if (!offered) return tell(form, 'refused');
  const file = await unseal(offered.file, text).catch(() => null);
  if (!file) return tell(form, 'badKey');
  const hash = toBase64Url(await sha256(file));
  if (hash !== offered.fileHash) return tell(form, 'changed');
  for (const decision of ['approve', 'reject']) {
    const field = form.elements.namedItem('body.' + decision);
    field.value = JSON.stringify({ ...JSON.parse(field.value), fileHash: hash });
  }
  await show(form, file, form.dataset.quasi.split(' '));
  opened(form, form);
}

/** Sends a signed request whose answer was sealed to a key of this page's own, shows the page that comes, and hands over what was in it. */
export async function answer(form, keyFile) {
  const sent = await fetch(location.href, { method: 'POST', body: new FormData(form) });
  const page = new DOMParser().parseFromString(await sent.text(), 'text/html');
  document.querySelector('#work').replaceWith(one(page, '#work'));
  const place = document.querySelector('#work [data-sealed]');
  if (!place) return;
  const file = await unseal(place.dataset.sealed, keyFile);
  if (place.hasAttribute('data-report')) (await import('./report.js')).show(place, JSON.parse(new TextDecoder().decode(file)));
  offer(place, one(place, '[data-save]').dataset.save, 'application/json', file);
}

async function show(place, file, quasi) {
  const rows = rowsOf(new TextDecoder().decode(file));
  fill(place, 'file.rows', rows.length - 1);
  fill(place, 'file.smallest', smallestClass(rows, quasi));
  fill(place, 'file.hash', toBase64Url(await sha256(file)));
  const table = one(place, '[data-file-table]');
  table.replaceChildren(part('thead', rows.slice(0, 1), 'th'), part('tbody', rows.slice(1, shownRows + 1), 'td'));
  const more = one(place, '[data-more]');
  more.hidden = rows.length - 1 <= shownRows;
  more.textContent = more.dataset.more.replace('{n}', write(shownRows)).replace('{of}', write(rows.length - 1));
}

function part(name, rows, cell) {
  const group = document.createElement(name);
  for (const row of rows) {
    const line = group.appendChild(document.createElement('tr'));
    for (const value of row) {
      const place = line.appendChild(document.createElement(cell));
      if (cell === 'th') place.scope = 'col';
      place.textContent = value;
    }
  }
  return group;
}

function opened(place, form) {
  one(form, '[data-open-problem]').hidden = true;
  one(place, '[data-opened]').hidden = false;
  one(place, '[data-opened-status]').focus();
}

function tell(form, problem) {
  const place = one(form, '[data-open-problem]');
  place.textContent = place.dataset[problem];
  place.hidden = false;
}

const fill = (place, name, value) => place.querySelectorAll(`[data-fill="${name}"]`).forEach(field => { field.textContent = write(value ?? ''); });

function offer(place, name, type, content) {
  const link = one(place, `[data-save="${name}"]`);
  link.href = URL.createObjectURL(new Blob([content], { type }));
  link.download = name;
}

async function fetchJson(url, options) {
  const answer = await fetch(url, options).catch(() => null);
  return answer?.ok ? answer.json().catch(() => null) : null;
}
