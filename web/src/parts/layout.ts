// Where a layer's units stand.

/** Of a layer with so many units each is drawn, where there is room; of a larger one a sample. */
const EACH = 64;
export const SAMPLE = 12;
export const SMALLEST = 12;
export const GAP = 3;

export interface Block { drawn: number; rows: number; columns: number; byRow: boolean }

/** How a layer of *size* units is laid out: one column, or side by side where it would be too high; an image as an image. */
export function block(size: number, imageWidth: number, height: number, room: number): Block {
  const most = Math.max(2, Math.floor((height - 60) / (SMALLEST + 5)));
  const across = Math.max(1, Math.floor((0.55 * room) / (SMALLEST + GAP)));
  if (size > EACH) {
    const drawn = Math.min(SAMPLE, most);
    return { drawn, rows: drawn, columns: 1, byRow: false };
  }
  const tall = Math.floor((height - 60) / (SMALLEST + GAP));
  if (imageWidth > 2 && imageWidth <= across && size / imageWidth <= tall) {
    return { drawn: size, rows: size / imageWidth, columns: imageWidth, byRow: true };
  }
  const columns = Math.min(across, Math.ceil(size / most));
  const rows = columns > 1 ? Math.min(tall, Math.ceil(size / columns)) : Math.min(most, size);
  return { drawn: Math.min(size, rows * columns), rows, columns, byRow: false };
}
