/**
 * GPT-2's printable stand-ins for bytes: byte-level vocabularies spell each byte as one character,
 * itself where it is printable, else one from U+0100 on (space is `Ġ`).
 */
function createByteCharacters(): readonly string[] {
  const characters: string[] = [];
  let next = 256;
  for (let byte = 0; byte < 256; byte++) {
    const isPrintable =
      (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    characters.push(String.fromCharCode(isPrintable ? byte : next++));
  }
  return characters;
}

const byteCharacters = createByteCharacters();
const bytesOfCharacters = new Map(byteCharacters.map((character, byte) => [character, byte]));

/** The bytes a byte-level token spells; characters outside the alphabet stand for themselves. */
export function decodeByteCharacters(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of text) {
    const byte = bytesOfCharacters.get(character);
    if (byte === undefined) bytes.push(...new TextEncoder().encode(character));
    else bytes.push(byte);
  }
  return Uint8Array.from(bytes);
}
