// What a page can do besides, where scripts run. Every page reads and sends without it; only signing in the browser needs it.
import { includes } from './merkle.js';
import * as signing from './signing.js';

const one = (root, selector) => root.querySelector(selector);
const files = () => import('./files.js');
const passkeys = () => import('./passkeys.js');

async function changed(target) {
  if (target.matches('[data-submit-on-change]')) target.form.requestSubmit();
  if (target.matches('[data-choose-key]')) await takePublicPart(target);
  if (target.matches('[data-check] [data-key-file]')) (await files()).look(target.form);
}

async function pressed(target) {
  const make = target.closest('[data-make-key]');
  if (make) await makeKey(make);
  const take = target.closest('[data-take-key]');
  if (take) {
    const field = take.closest('[data-public-key]');
    one(field, '[data-key-text]').value = take.dataset.takeKey;
    one(field, '[data-key-status]').textContent = one(field, '[data-key-status]').dataset.passkey;
  }
  if (target.closest('[data-verify-all]')) verifyAll(target.closest('section'));
}

document.addEventListener('change', event => changed(event.target));
document.addEventListener('click', event => pressed(event.target));

// Before anything else hears of a submit: what has to be signed is signed.
document.addEventListener('submit', event => {
  const form = event.target;
  if (form.matches('[data-receive-form]') && event.submitter?.matches('[data-unseal]')) {
    event.preventDefault();
    files().then(module => module.receive(form));
    return;
  }
  if (!form.matches('[data-sign], [data-passkey]') || form.dataset.ready === 'yes') {
    delete form.dataset.ready;
    return;
  }
  if (one(form, 'input[name=signedFile]')?.files.length) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  const [work, tellOf] = form.matches('[data-passkey]') ? [passkeys().then(module => module.perform(form)), tellPasskey] : [signForm(form), tell];
  work.then(async answerKey => {
    if (answerKey) return (await files()).answer(form, answerKey);
    form.dataset.ready = 'yes';
    form.requestSubmit(event.submitter ?? undefined);
  }).catch(problem => tellOf(form, problem));
}, true);

async function signForm(form) {
  const name = form.dataset.sign.replace(/\{(\w+)\}/g, (_, field) => new FormData(form).get(field) ?? '');
  const body = JSON.parse(form.elements.namedItem(name).value);
  const file = one(form, '[data-key-file]').files[0];
  const key = file ? await signing.keyFrom(await file.text()) : null;
  const answerKey = form.hasAttribute('data-sealed-answer') ? await signing.newKeyFile() : null;
  if (answerKey) body.sealTo = answerKey.jwk;
  const known = key ?? await passkeyOf(form);
  const session = form.hasAttribute('data-session') ? await sessionOf(form, body, key, known) : null;
  if (!known && !session) throw new TypeError('no key');
  one(form, '[data-signed]').value = JSON.stringify(await signing.signed(body, session ?? known));
  if (session) one(form, '[data-delegation]').value = JSON.stringify(session.delegation);
  return answerKey?.file;
}

const peopleOf = form => (form.dataset.people ?? '').split(' ');

// A key file that was chosen is lent from at once; else the session key of the day is used, and only without one a passkey is asked.
async function sessionOf(form, body, key, known) {
  const deployment = { chainId: body.chainId, contract: body.contract };
  const session = key ? null : await signing.sessionFor(deployment, peopleOf(form));
  return session ?? (known ? await signing.delegate(deployment, known) : null);
}

// The account's passkeys that count here: all, or those of the people whom the permit names.
async function passkeyOf(form) {
  const place = one(form, '[data-passkeys]');
  const mine = JSON.parse(place?.dataset.passkeys ?? '[]').filter(one => form.dataset.people === undefined || peopleOf(form).includes(one.keyId));
  return mine.length > 0 ? (await passkeys()).keyOf(mine) : null;
}

function tell(form, problem) {
  const place = one(form, '[data-sign-problem]');
  place.textContent = place.dataset[problem.message === 'no key' ? 'noKey' : problem.name === 'NotAllowedError' ? 'notNow' : 'badKey'];
  place.hidden = false;
  const file = one(form, '[data-key-file]');
  if (file.offsetParent) file.focus();
}

function tellPasskey(form) {
  one(form, '[data-passkey-problem]').hidden = false;
}

async function takePublicPart(input) {
  const field = input.closest('[data-public-key]');
  const status = one(field, '[data-key-status]');
  try {
    const jwk = JSON.parse(await input.files[0].text());
    if (jwk.kty !== 'EC' || jwk.crv !== 'P-256') throw new TypeError('no P-256 key');
    one(field, '[data-key-text]').value = JSON.stringify(signing.publicPart(jwk));
    status.textContent = status.dataset.taken;
  } catch {
    status.textContent = status.dataset.bad;
  }
  input.value = '';
}

async function makeKey(button) {
  const field = button.closest('[data-public-key]');
  const made = await signing.newKeyFile();
  one(field, '[data-key-text]').value = JSON.stringify(made.jwk);
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([made.file], { type: 'application/json' }));
  link.download = button.dataset.makeKey + '.jwk';
  link.click();
  URL.revokeObjectURL(link.href);
  one(field, '[data-key-status]').textContent = one(field, '[data-key-status]').dataset.made;
}

async function showSession(form) {
  const body = JSON.parse(form.elements.namedItem('body').value);
  const status = one(form, '[data-session-status]');
  const session = await signing.sessionFor({ chainId: body.chainId, contract: body.contract }, peopleOf(form));
  if (session) {
    status.textContent = status.dataset.ready.replace('{time}', new Date(session.delegation.body.notAfter).toLocaleTimeString(document.documentElement.lang, { hour: '2-digit', minute: '2-digit' }));
  }
}

async function showProof(section) {
  const status = one(section, '[data-proof-status]');
  const good = await includes(JSON.parse(section.dataset.proof)).catch(() => false);
  status.textContent = good ? status.dataset.good : status.dataset.bad;
  status.classList.add(good ? 'is-good' : 'is-bad');
}

async function verifyAll(section) {
  const status = one(section, '[data-verify-status]');
  let bad = 0;
  for (const row of document.querySelectorAll('[data-row-proof]')) {
    const answer = await fetch(row.dataset.rowProof, { headers: { accept: 'text/html' } });
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const proof = one(page, '[data-proof]')?.dataset.proof;
    const good = proof !== undefined && await includes(JSON.parse(proof)).catch(() => false);
    row.textContent = good ? '✓' : '✗';
    row.className = good ? 'is-good' : 'is-bad';
    bad += good ? 0 : 1;
  }
  status.textContent = bad === 0 ? status.dataset.good : status.dataset.bad;
  status.className = bad === 0 ? 'is-good' : 'is-bad';
}

function autosave(form) {
  let waiting;
  form.addEventListener('input', () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const status = one(form, '[data-saved]');
      const answer = await fetch(form.action || location.href, { method: 'POST', body: new FormData(form) });
      if (answer.ok && status) status.textContent = status.dataset.text;
    }, 1200);
  });
}

// A part of a page that has just arrived, with the page or by htmx.
function wake(root) {
  root.querySelectorAll('form[data-session]').forEach(showSession);
  root.querySelectorAll('section[data-proof]').forEach(showProof);
  root.querySelectorAll('form[data-autosave]').forEach(autosave);
  const charts = root.querySelectorAll('[data-chart]');
  if (charts.length > 0) import('./charts.js').then(module => charts.forEach(module.draw));
  // Whoever has moved on before the script came is not called back.
  if (root !== document || document.activeElement === document.body) one(root, '[data-focus]')?.focus();
}

wake(document);
window.takeOver({ click: pressed, change: changed, submit: (form, button) => form.requestSubmit(button ?? undefined) });
new MutationObserver(changes => {
  for (const change of changes) for (const node of change.addedNodes) if (node.nodeType === 1 && node.id === 'work') wake(node);
}).observe(document.body, { childList: true, subtree: true });
