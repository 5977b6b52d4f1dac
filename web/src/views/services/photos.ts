/** Making photos small on the phone: fewer bytes to send from a lift, and nothing in them but the picture. */

const LONGEST_PX = 1600;
const QUALITY = 0.82;
export const MOST_PHOTOS = 9;
export const ACCEPTED = "image/jpeg,image/png,image/webp,image/heic,image/heif";

/** That this browser cannot read a file as a picture. */
export class UnreadablePhoto extends Error {}

export interface Photo {
  key: string;
  name: string;
  /** Ready to be sent; null while it is made small, or when that did not work. */
  blob: Blob | null;
  /** What is seen of it meanwhile. */
  preview: string;
  state: "working" | "ready" | "broken";
}

/**
 * Draw it anew, its longer side at most 1600 px. That also leaves out what the camera wrote beside the picture, such as
 * where it was taken.
 *
 * @throws UnreadablePhoto
 */
export async function shrink(file: Blob): Promise<Blob> {
  const picture = await createImageBitmap(file, { imageOrientation: "from-image" }).catch(() => {
    throw new UnreadablePhoto();
  });
  const ratio = Math.min(1, LONGEST_PX / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * ratio));
  canvas.height = Math.max(1, Math.round(picture.height * ratio));
  const pen = canvas.getContext("2d");
  if (!pen) throw new UnreadablePhoto();
  // A picture that is clear in places would turn black there, as JPEG knows no clearness.
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
  picture.close();
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new UnreadablePhoto())), "image/jpeg", QUALITY);
  });
}
