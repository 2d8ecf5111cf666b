// Numbers as axes have them.
export function roundedUp(value) {
  const power = 10 ** Math.floor(Math.log10(value || 1));
  return [1, 2, 3, 5, 10].map((times) => times * power).find((round) => round >= value) ?? value;
}
