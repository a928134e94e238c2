/** The polynomial of CRC-32C, bits reversed, RFC 9260 appendix A. */
const POLYNOMIAL = 0x82f63b78;

/**
 * Computes the checksum CRC-32C (Castagnoli), RFC 9260 appendix A.
 *
 * @param bytes The data.
 * @returns The checksum, 0 to 2^32 - 1.
 */
export function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? POLYNOMIAL : 0);
  }
  return ~crc >>> 0;
}
