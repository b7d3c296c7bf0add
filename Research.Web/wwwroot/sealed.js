// Opens a file that was sealed to one P-256 key: a compact JWE (RFC 7516), ECDH-ES in direct key agreement (RFC 7518, section 4.6), A256GCM.
import { fromBase64, sha256 } from './canonical.js';
import { publicPart } from './signing.js';

const curve = { name: 'ECDH', namedCurve: 'P-256' };
const text = new TextEncoder();
const join = (...parts) => {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  parts.reduce((at, part) => { whole.set(part, at); return at + part.length; }, 0);
  return whole;
};
const number = value => new Uint8Array(new Uint32Array([value]).buffer).reverse();

/** The clear bytes. Throws where the JWE is another kind, was sealed to another key, or was changed on the way. */
export async function unseal(jwe, textOfKeyFile) {
  const [header, empty, iv, cipherText, tag, more] = jwe.split('.');
  const { alg, enc, epk } = JSON.parse(new TextDecoder().decode(fromBase64(header)));
  if (alg !== 'ECDH-ES' || enc !== 'A256GCM' || empty !== '' || more !== undefined) throw new TypeError('not sealed by ECDH-ES and A256GCM');
  const own = JSON.parse(textOfKeyFile);
  if (own.kty !== 'EC' || own.crv !== 'P-256' || !own.d) throw new TypeError('no P-256 key file with its private part');
  const secret = await crypto.subtle.importKey('jwk', { ...publicPart(own), d: own.d }, curve, false, ['deriveBits']);
  const sender = await crypto.subtle.importKey('jwk', publicPart(epk), curve, false, []);
  const shared = new Uint8Array(await crypto.subtle.deriveBits({ name: 'ECDH', public: sender }, secret, 256));
  const key = await crypto.subtle.importKey('raw', await contentKey(shared, enc), 'AES-GCM', false, ['decrypt']);
  const sealed = join(fromBase64(cipherText), fromBase64(tag));
  return new Uint8Array(await crypto.subtle.decrypt({ name: 'AES-GCM', iv: fromBase64(iv), additionalData: text.encode(header), tagLength: 128 }, key, sealed));
}

/** Concat KDF (NIST SP 800-56A) with SHA-256 for one block: round 1, Z, AlgorithmID, no PartyUInfo, no PartyVInfo, 256 bits. */
const contentKey = (shared, enc) => sha256(join(number(1), shared, number(enc.length), text.encode(enc), number(0), number(0), number(256)));

/** Rows of a CSV (RFC 4180), the first of them the header. */
export function rowsOf(csv) {
  const rows = [];
  let row = [], cell = '', quoted = false;
  for (let i = 0; i < csv.length; i++) {
    const c = csv[i];
    if (quoted) {
      if (c !== '"') cell += c;
      else if (csv[i + 1] === '"') { cell += c; i++; } else quoted = false;
    } else if (c === '"') quoted = true;
    else if (c === ',') { row.push(cell); cell = ''; }
    else if (c === '\n') { row.push(cell); rows.push(row); row = []; cell = ''; }
    else if (c !== '\r') cell += c;
  }
  if (cell !== '' || row.length > 0) rows.push([...row, cell]);
  return rows;
}

/** The smallest group of rows that are alike in these columns: k as it stands in the bytes, whatever a report says. */
export function smallestClass(rows, columns) {
  const places = columns.map(name => rows[0].indexOf(name)).filter(place => place >= 0);
  const sizes = new Map();
  for (const row of rows.slice(1)) {
    const name = JSON.stringify(places.map(place => row[place]));
    sizes.set(name, (sizes.get(name) ?? 0) + 1);
  }
  return sizes.size === 0 ? 0 : Math.min(...sizes.values());
}
