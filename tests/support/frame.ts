/** A frame in the words of the wire. `text` is how it stood there, to the letter. */
export interface Frame {
  text: string;
  msg_id: string;
  from_client_id: string;
  to_client_id: string;
  msg_type: string;
  // deno-lint-ignore no-explicit-any -- tests look into whatever is there
  content: any;
  timestamp: number;
  oss_key: string | null;
}

/** Any of the keys of a frame, and others besides, with any values: tests also send what is wrong. */
export type FrameParts = Record<string, unknown>;

let count = 0;

/** The text of a frame as Python's SDK writes it, with spaces; a part that is `undefined` is left out. */
export function frame(parts: FrameParts): string {
  const whole = {
    msg_id: `${parts.from_client_id ?? "a"}_1732250000123_${(++count).toString(16).padStart(8, "0")}`,
    from_client_id: "a",
    to_client_id: "server",
    msg_type: "text",
    content: "hi",
    timestamp: 1732250000.123,
    oss_key: null,
    ...parts,
  };
  const members = Object.entries(whole)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  return `{${members.join(", ")}}`;
}

/** A frame of a text message whose content is this JSON, to the letter. */
export function frameWithContent(contentJson: string, parts: FrameParts = {}): string {
  return frame({ ...parts, content: "\u0001" }).replace('"\\u0001"', () => contentJson);
}

/** Reads a frame that a peer received. */
export function readFrame(text: string): Frame {
  return { ...JSON.parse(text), text };
}
