// RFC 6455 section 5.2. Opcodes 3 to 7 and 11 to 15 are reserved.

/** A further frame of a message that has begun. */
export const CONTINUATION = 0x0;
/** The first frame of a message of UTF-8 text. */
export const TEXT = 0x1;
/** The first frame of a message of bytes. */
export const BINARY = 0x2;
/** The closing handshake. */
export const CLOSE = 0x8;
/** Asks for a pong. */
export const PING = 0x9;
/** Answers a ping, or tells unasked that the sender is alive. */
export const PONG = 0xa;

/** The first byte's bit of the last frame of a message. */
export const FIN = 0x80;
/** The first byte's bit of a compressed message, RFC 7692 section 6. */
export const RSV1 = 0x40;

/** Tells a control frame's opcode, which may stand between the frames of a message, from that of a data frame. */
export function isControl(opcode: number): boolean {
  return opcode >= CLOSE;
}

/** Tells whether RFC 6455 defines an opcode. */
export function isOpcode(opcode: number): boolean {
  return opcode <= BINARY || (opcode >= CLOSE && opcode <= PONG);
}

/** Maximum payload size of a control frame, in bytes: RFC 6455 section 5.5. */
export const MAX_CONTROL_PAYLOAD = 125;
