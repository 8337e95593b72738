/** Whether a line of orders is one of nothing but white space, which has no result. */
export function isBlank(line: string): boolean {
  return line.trim() === '';
}
