// Signing in the browser: ECDSA P-256 with SHA-256, r||s with low s, base64url, over the canonical bytes of a body. A key file is
// read here and goes nowhere; a session key cannot be read at all, and is lent another key's right for a day. Passkeys: passkeys.js.
import { canonicalBytes, sha256, toBase64Url } from './canonical.js';

const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };
const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const day = 24 * 60 * 60 * 1000;

/** The public part of a JWK, with the members that records carry, in their order. */
export const publicPart = jwk => ({ crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y });

/** RFC 7638 thumbprint: the key's id. */
export async function keyId(jwk) {
  return toBase64Url(await sha256(canonicalBytes(publicPart(jwk))));
}

/** A key from the text of a key file (JWK with `d`). Throws where it is none. */
export async function keyFrom(textOfFile) {
  const jwk = JSON.parse(textOfFile);
  if (jwk.kty !== 'EC' || jwk.crv !== 'P-256' || !jwk.d) throw new TypeError('no P-256 key file with its private part');
  const secret = { ...publicPart(jwk), d: jwk.d };
  return { jwk: publicPart(jwk), secret: await crypto.subtle.importKey('jwk', secret, algorithm, false, ['sign']) };
}

/** A new key pair as its owner's key file, and its public part. */
export async function newKeyFile() {
  const pair = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const jwk = await crypto.subtle.exportKey('jwk', pair.privateKey);
  return { file: JSON.stringify({ ...publicPart(jwk), d: jwk.d }), jwk: publicPart(jwk) };
}

/** `size` random bytes, base64url. */
export const nonce = size => toBase64Url(crypto.getRandomValues(new Uint8Array(size)));

/** The signed record of a body; an empty nonce is drawn here. A key without a secret signs by itself and says with which key. */
export async function signed(body, key) {
  const whole = body.nonce === '' ? { ...body, nonce: nonce(16) } : body;
  const bytes = canonicalBytes(whole);
  if (key.sign) return { body: whole, ...await key.sign(bytes) };
  const made = new Uint8Array(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key.secret, bytes));
  return { body: whole, key: key.jwk, signature: toBase64Url(lowS(made)) };
}

/** r||s with s in the lower half of the order: the chain refuses the other of the two signatures. */
export function lowS(signature) {
  const s = BigInt('0x' + hex(signature.slice(32)));
  if (s <= order / 2n) return signature;
  const low = (order - s).toString(16).padStart(64, '0');
  return Uint8Array.from([...signature.slice(0, 32), ...low.match(/../g).map(pair => parseInt(pair, 16))]);
}

/** The session key that can sign for one of these people now, with its delegation; null when there is none. */
export async function sessionFor(deployment, people) {
  const found = await stored('readonly', store => store.get(nameOf(deployment)));
  return found && Date.parse(found.delegation.body.notAfter) > Date.now() + 60000 && people.includes(await keyId(found.delegation.key)) ? found : null;
}

/** Makes a session key that no script can read, and lends it this key's right to sign queries for a day. */
export async function delegate(deployment, key) {
  const pair = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify']);
  const jwk = publicPart(await crypto.subtle.exportKey('jwk', pair.publicKey));
  const start = Date.now() - 60000;
  const body = {
    type: 'delegation', version: 1, chainId: deployment.chainId, contract: deployment.contract, nonce: '',
    session: await keyId(jwk), notBefore: new Date(start).toISOString(), notAfter: new Date(start + day).toISOString(),
  };
  const session = { jwk, secret: pair.privateKey, delegation: await signed(body, key) };
  await stored('readwrite', store => store.put(session, nameOf(deployment)));
  return session;
}

/** Forgets every session key of this browser. */
export const forget = () => stored('readwrite', store => store.clear());

const nameOf = deployment => `${deployment.chainId}/${deployment.contract}`;
const hex = bytes => [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('');

function stored(mode, work) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open('researchhub', 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore('sessions');
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const done = opening.result.transaction('sessions', mode);
      const request = work(done.objectStore('sessions'));
      done.oncomplete = () => { opening.result.close(); resolve(request.result); };
      done.onerror = () => reject(done.error);
    };
  });
}

