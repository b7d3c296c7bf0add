// The canonical text of a JSON value (RFC 8785), for what is hashed and signed here: strings, booleans, null, arrays, objects and
// integers up to 2^53 - 1. Members are ordered by UTF-16 code units, which is how JavaScript compares strings.

export function canonical(value) {
  if (value === null || typeof value === 'boolean') return JSON.stringify(value);
  if (typeof value === 'string') return text(value);
  if (typeof value === 'number') {
    if (!Number.isSafeInteger(value)) throw new RangeError(`the number ${value} is not an integer up to 2^53 - 1`);
    return String(value === 0 ? 0 : value);
  }
  if (Array.isArray(value)) return '[' + value.map(canonical).join(',') + ']';
  if (typeof value === 'object') {
    return '{' + Object.keys(value).sort().map(name => text(name) + ':' + canonical(value[name])).join(',') + '}';
  }
  throw new TypeError(`a ${typeof value} has no canonical form`);
}

export const canonicalBytes = value => new TextEncoder().encode(canonical(value));

export async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

export function toBase64Url(bytes) {
  return btoa(String.fromCharCode(...bytes)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

export function fromBase64(textOfBytes) {
  const plain = textOfBytes.replaceAll('-', '+').replaceAll('_', '/');
  return Uint8Array.from(atob(plain), character => character.charCodeAt(0));
}

function text(value) {
  if (/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(value)) {
    throw new RangeError('a string holds a lone surrogate, which has no canonical form');
  }
  return JSON.stringify(value);
}
