// Results: rows of numbers in memory of the caller.
export class Rows {
  static name = "Rows";

  constructor(data, rows, cols) {
    this.data = data;
    this.rows = rows;
    this.cols = cols;
  }

  toArray() {
    const { data, rows, cols } = this;
    return Array.from({ length: rows }, (_, i) => Array.from(data.subarray(i * cols, (i + 1) * cols)));
  }
}
