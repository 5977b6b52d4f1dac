/** Handing a file over to the phone, under a name. */

const LET_GO_MS = 60_000;

export function saveFile(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // Some browsers read it only after the person has said where to.
  setTimeout(() => URL.revokeObjectURL(url), LET_GO_MS);
}
