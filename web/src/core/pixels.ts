// Pictures made pixel by pixel.

import type { Rgb } from "./palette.ts";

/** Fill *canvas*, which is made as large, with *shade* of each row, from the top, and column. */
export function paintPixels(canvas: HTMLCanvasElement, rows: number, columns: number, shade: (row: number, column: number) => Rgb): void {
  if (canvas.width !== columns) canvas.width = columns;
  if (canvas.height !== rows) canvas.height = rows;
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  const image = context.createImageData(columns, rows);
  for (let row = 0, at = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++, at += 4) {
      const [red, green, blue] = shade(row, column);
      image.data[at] = red;
      image.data[at + 1] = green;
      image.data[at + 2] = blue;
      image.data[at + 3] = 255;
    }
  }
  context.putImageData(image, 0, 0);
}
