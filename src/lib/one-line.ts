/** C0 and C1 controls, line ends, and the signs that turn the direction of text: any of them can make a list lie. */
// oxlint-disable-next-line no-control-regex -- they are what is refused
const REDRAWS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;

/** Whether it is a line of text, not empty, of at most so many characters, that shows as what it is. */
export function isOneLine(text: string, longest: number): boolean {
  return text !== '' && text.length <= longest && !REDRAWS.test(text);
}
