import type { Call } from "./call.ts";
import { OssError } from "./errors.ts";

/** An element: its name, and text, or elements, in it. `undefined` leaves it out. */
export type XmlElement = [name: string, content: string | number | boolean | undefined | XmlElement[]];

/** A whole document. */
export function writeXml(root: XmlElement): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${element(root)}`;
}

function element([name, content]: XmlElement): string {
  if (content === undefined) return "";
  const inner = Array.isArray(content) ? content.map(element).join("") : escape(String(content));
  return `<${name}>${inner}</${name}>`;
}

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escape(text: string): string {
  return text.replaceAll(/[&<>"]/g, (char) => ENTITIES[char]!)
    // Control characters have no place in XML; as references, as OSS writes them, lenient parsers take them.
    // deno-lint-ignore no-control-regex -- that is what it looks for
    .replaceAll(/[\0-\x1f\ufffe\uffff]/g, (char) => `&#x${char.charCodeAt(0).toString(16).toUpperCase()};`);
}

/** An element that was read: its name without a namespace, its own text, and the elements in it. */
export class XmlNode {
  readonly children: XmlNode[] = [];
  text = "";

  constructor(readonly name: string) {}

  all(name: string): XmlNode[] {
    return this.children.filter((child) => child.name === name);
  }

  /** The text of the first element of that name, or `""`. */
  textOf(name: string): string {
    return this.children.find((child) => child.name === name)?.text ?? "";
  }
}

// A declaration, instruction or comment; a CDATA section; a tag; text.
const TOKEN =
  /<\?[^]*?\?>|<!--[^]*?-->|<!\[CDATA\[([^]*?)\]\]>|<(\/?)([^\s<>/!?]+)(?:\s(?:[^<>"']|"[^"]*"|'[^']*')*?)?(\/?)>|([^<]+)/y;

const TOKENS_A_TURN = 500;

/**
 * Reads the small documents that requests carry: elements and text. Attributes mean nothing here, and document types,
 * the door to every attack on XML, are an error. Of megabytes it reads a little a turn.
 *
 * @throws {OssError} `MalformedXML`.
 */
export async function readXml(document: string, { turn }: Pick<Call, "turn">): Promise<XmlNode> {
  const top = new XmlNode("");
  const open = [top];
  let at = document.startsWith("\ufeff") ? 1 : 0;
  for (let tokens = 1; at < document.length; tokens++) {
    if (tokens % TOKENS_A_TURN === 0) await turn();
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(document);
    at = TOKEN.lastIndex;
    const parent = open.at(-1)!;
    if (match === null || open.length > 8) throw malformed();
    const [, cdata, closing, qualified, selfClosing, text] = match;
    if (cdata !== undefined) parent.text += cdata;
    else if (text !== undefined) parent.text += unescape(text);
    else if (qualified !== undefined) {
      const name = qualified.slice(qualified.indexOf(":") + 1);
      if (closing) {
        if (open.length === 1 || parent.name !== name) throw malformed();
        open.pop();
      } else {
        const node = new XmlNode(name);
        parent.children.push(node);
        if (!selfClosing) open.push(node);
      }
    }
  }
  const [root] = top.children;
  if (root === undefined || open.length > 1) throw malformed();
  return root;
}

const CHARACTERS: Record<string, string> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };

function unescape(text: string): string {
  return text.replaceAll(/&(#x[\da-fA-F]+|#\d+|\w+)?;?/g, (whole, name: string | undefined) => {
    if (name === undefined || !whole.endsWith(";")) throw malformed();
    const code = name.startsWith("#x")
      ? parseInt(name.slice(2), 16)
      : name.startsWith("#")
      ? +name.slice(1)
      : undefined;
    const char = code === undefined ? CHARACTERS[name] : code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
    if (!char?.isWellFormed()) throw malformed(); // nor half a character
    return char;
  });
}

function malformed(): OssError {
  return new OssError(400, "MalformedXML", "The XML you provided was not well-formed or did not validate.");
}
