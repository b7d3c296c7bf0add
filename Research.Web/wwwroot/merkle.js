// Whether an entry lies in the tree of a checkpoint (RFC 9162, section 2.1.3.2). Checked in the reader's own browser: the server is not believed.
import { canonicalBytes, fromBase64, sha256 } from './canonical.js';

const join = (...parts) => Uint8Array.from(parts.flatMap(part => [...part]));
const same = (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]);

/** Size and root of a checkpoint's text (C2SP tlog-checkpoint). */
export function readCheckpoint(note) {
  const [origin, size, root] = note.split('\n');
  return { origin, size: Number(size), root: fromBase64(root) };
}

/** Whether `proven` ({entry, checkpoint, proof}) holds. */
export async function includes(proven) {
  const { size, root } = readCheckpoint(proven.checkpoint);
  const index = proven.entry.seq;
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) return false;
  let hash = await sha256(join([0], canonicalBytes(proven.entry)));
  let fn = index, sn = size - 1;
  for (const step of proven.proof.map(fromBase64)) {
    if (sn === 0) return false;
    if (fn % 2 === 1 || fn === sn) {
      hash = await sha256(join([1], step, hash));
      while (fn % 2 === 0 && fn !== 0) { fn = Math.floor(fn / 2); sn = Math.floor(sn / 2); }
    } else {
      hash = await sha256(join([1], hash, step));
    }
    fn = Math.floor(fn / 2);
    sn = Math.floor(sn / 2);
  }
  return sn === 0 && same(hash, root);
}
