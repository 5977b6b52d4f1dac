/** Which streams are anybody's. All others came with a person's rights, and go with them. */

const PUBLIC = /^(pub$|town:|live:|talk:)/;

export function isPublic(stream: string): boolean {
  return PUBLIC.test(stream);
}
