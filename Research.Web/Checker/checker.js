/**
 * What holds of a receipt (or of an entry with its proof), with nobody asked.
 * @param file Text of the receipt, of an answer that carries one, of a release, or of a proof.
 * @param note Text of a checkpoint that the reader got from a witness; empty for the one in the file.
 * @param witness Text of the witness's public key (JWK); empty when none was chosen.
 * @returns Lines of [what, true | false | null]; null is what could not be checked.
 */
export async function check(file, note, witness) {
  const { proven, record } = read(JSON.parse(file));
  const own = proven.checkpoint;
  const chosen = note.trim() === '' ? own : note.replaceAll('\r\n', '\n').replace(/\n*$/, '\n');
  const lines = [['included', await includes(proven).catch(() => false)]];
  const [mine, theirs] = [readCheckpoint(own), readCheckpoint(chosen)];
  if (chosen !== own) {
    lines.push(['same-log', mine.origin === theirs.origin]);
    lines.push(mine.size === theirs.size ? ['same-tree', toBase64Url(mine.root) === toBase64Url(theirs.root)] : ['same-tree', null]);
  }
  lines.push(['witness', witness.trim() === '' ? null : await cosigned(chosen, JSON.parse(witness)).catch(() => false)]);
  lines.push(['receipt', record ? await signedBy(record.key, canonicalBytes(record.body), fromBase64(record.signature)).catch(() => false) : null]);
  return lines;
}

/** The proof in whatever file carries it, and the signed receipt if it is one. */
function read(json) {
  const record = json.receipt ?? (json.body ? json : null);
  const proven = record?.body ?? json;
  if (!proven?.entry || typeof proven.checkpoint !== 'string' || !Array.isArray(proven.proof)) throw new TypeError('no receipt');
  return { proven, record: record?.signature ? record : null };
}

/** Whether any line under the note is this key's word, with its time before it (C2SP tlog-cosignature, with P-256). */
async function cosigned(note, key) {
  const end = note.lastIndexOf('\n\n');
  if (end < 0) return false;
  const text = note.slice(0, end + 1);
  for (const line of note.slice(end + 2).split('\n').filter(one => one.startsWith('\u2014 '))) {
    const bytes = fromBase64(line.split(' ').at(-1));
    if (bytes.length !== 76) continue;
    const time = new DataView(bytes.buffer).getBigInt64(4);
    if (await signedBy(key, new TextEncoder().encode(`cosignature/v1\ntime ${time}\n${text}`), bytes.slice(12))) return true;
  }
  return false;
}

async function signedBy(jwk, bytes, signature) {
  const curve = { name: 'ECDSA', namedCurve: 'P-256' };
  const key = await crypto.subtle.importKey('jwk', { kty: jwk.kty, crv: jwk.crv, x: jwk.x, y: jwk.y }, curve, false, ['verify']);
  return crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, signature, bytes);
}

const place = id => document.getElementById(id);

function speak(tag) {
  const words = texts[tag];
  document.documentElement.lang = tag;
  for (const field of document.querySelectorAll('[data-text]')) field.textContent = words[field.dataset.text];
  place('result').replaceChildren();
}

async function show(event) {
  event.preventDefault();
  const words = texts[place('language').value];
  const textOf = async id => place(id).files.length > 0 ? place(id).files[0].text() : '';
  let lines;
  try {
    lines = await check(await textOf('file'), await textOf('note'), await textOf('witness'));
  } catch {
    lines = [['readable', false]];
  }
  place('result').replaceChildren(...lines.map(([what, holds]) => {
    const item = document.createElement('li');
    item.className = holds === null ? 'open' : holds ? 'good' : 'bad';
    item.textContent = `${holds === null ? '–' : holds ? '✓' : '✗'} ${words[what + (holds === null ? '?' : holds ? '' : '!')]}`;
    return item;
  }));
}

if (globalThis.document && place('check')) {
  const asked = (navigator.languages ?? []).map(tag => Object.keys(texts).find(one => one.split('-')[0] === tag.split('-')[0])).find(tag => tag) ?? 'en';
  for (const tag of Object.keys(texts)) place('language').add(new Option(texts[tag].name, tag, tag === 'en', tag === asked));
  place('language').addEventListener('change', () => speak(place('language').value));
  place('check').addEventListener('submit', show);
  speak(asked);
}
