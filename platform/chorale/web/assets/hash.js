// A worker that takes the SHA-256 of a file piece by piece, beside the upload; works without a secure context too.
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";

const PIECE = 4 << 20;

self.onmessage = async ({ data: file }) => {
  const hash = sha256.create();
  try {
    for (let at = 0; at < file.size; at += PIECE) hash.update(new Uint8Array(await file.slice(at, at + PIECE).arrayBuffer()));
    self.postMessage({ sha256: bytesToHex(hash.digest()) });
  } catch (error) {
    self.postMessage({ error: String(error) });
  }
};
