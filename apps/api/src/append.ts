/**
 * Bytes with more behind them. Their memory is of the order of their number, in however many pieces
 * they come: a Buffer has some 350 bytes beside what is in it, and a client may have each byte of a
 * body become one. What comes in one piece is not copied.
 *
 * @param bytes - what this returned before; of these the first `length` count, the rest is room
 * @returns the bytes, and room; `bytes` itself is not to be used any more
 */
export function append(bytes: Buffer, length: number, piece: Buffer): Buffer {
  if (length === 0) return piece;
  const needed = length + piece.length;
  const roomy = needed > bytes.length ? withRoom(bytes, 2 * needed) : bytes;
  roomy.set(piece, length);
  return roomy;
}

export const nothing: Buffer = Buffer.alloc(0);

function withRoom(bytes: Buffer, size: number): Buffer {
  const roomy = Buffer.allocUnsafe(size);
  roomy.set(bytes);
  return roomy;
}
