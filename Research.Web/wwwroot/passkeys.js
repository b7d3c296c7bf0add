// Passkeys (WebAuthn level 3). The hub begins each ceremony and judges its answer; here the browser is asked. A passkey signs a record
// with the SHA-256 of the body's canonical bytes as challenge, so that the device's owner says yes to this record and to no other.
import { fromBase64, sha256, toBase64Url } from './canonical.js';
import { lowS } from './signing.js';

/** Does the ceremony that the form asks for (`get` or `create`) and fills in what it brings. */
export async function perform(form) {
  const begun = await fetch(form.dataset.begin, { method: 'POST', body: new FormData(form) });
  if (!begun.ok) throw new TypeError('no ceremony');
  const { options, ceremony } = await begun.json();
  const credential = await navigator.credentials[form.dataset.passkey]({ publicKey: decoded(options) });
  form.elements.namedItem('ceremony').value = ceremony;
  form.elements.namedItem('credential').value = JSON.stringify(encoded(credential));
}

/** A key that signs by one of these passkeys, `[{ id, key }]`: whichever its owner picks. */
export function keyOf(passkeys) {
  return {
    jwk: null,
    sign: async bytes => {
      const allowCredentials = passkeys.map(one => ({ type: 'public-key', id: fromBase64(one.id) }));
      const publicKey = { challenge: await sha256(bytes), rpId: location.hostname, allowCredentials, userVerification: 'required' };
      const made = await navigator.credentials.get({ publicKey });
      return {
        key: passkeys.find(one => one.id === toBase64Url(new Uint8Array(made.rawId))).key,
        signature: toBase64Url(lowS(plain(new Uint8Array(made.response.signature)))),
        authenticatorData: toBase64Url(new Uint8Array(made.response.authenticatorData)),
        clientDataJSON: toBase64Url(new Uint8Array(made.response.clientDataJSON)),
      };
    },
  };
}

/** r||s from the DER that authenticators write (WebAuthn level 3, 6.5.5): SEQUENCE { INTEGER r, INTEGER s }. */
export function plain(der) {
  const signature = new Uint8Array(64);
  let at = 2;
  for (const end of [32, 64]) {
    const length = der[at + 1];
    const number = der.slice(at + 2, at + 2 + length);
    const digits = number.slice(Math.max(0, number.length - 32));
    signature.set(digits, end - digits.length);
    at += 2 + length;
  }
  return signature;
}

function decoded(options) {
  const bytes = one => ({ ...one, id: fromBase64(one.id) });
  return {
    ...options,
    challenge: fromBase64(options.challenge),
    ...(options.user && { user: bytes(options.user) }),
    ...(options.allowCredentials && { allowCredentials: options.allowCredentials.map(bytes) }),
    ...(options.excludeCredentials && { excludeCredentials: options.excludeCredentials.map(bytes) }),
  };
}

// What `toJSON` of newer browsers gives, by hand for the others.
function encoded(credential) {
  const response = {};
  for (const name of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
    const value = credential.response[name];
    if (value) response[name] = toBase64Url(new Uint8Array(value));
  }
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  return {
    id: credential.id,
    rawId: toBase64Url(new Uint8Array(credential.rawId)),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  };
}
