// What we use of @std/yaml, with its own signatures.

export type SchemaType = "failsafe" | "json" | "core" | "default" | "extended";
export type StyleVariant =
  | "lowercase"
  | "uppercase"
  | "camelcase"
  | "decimal"
  | "binary"
  | "octal"
  | "hexadecimal";

export interface YamlPosition {
  readonly line: number;
  readonly column: number;
  readonly offset: number;
}

export class YamlSyntaxError extends SyntaxError implements YamlPosition {
  readonly line: number;
  readonly column: number;
  readonly offset: number;
  readonly snippet?: string;
  constructor(message: string, position: YamlPosition, snippet?: string);
}

export interface ParseOptions {
  schema?: SchemaType;
  allowDuplicateKeys?: boolean;
  onWarning?(error: YamlSyntaxError): void;
}

export type StringifyOptions = {
  indent?: number;
  arrayIndent?: boolean;
  skipInvalid?: boolean;
  flowLevel?: number;
  styles?: Record<string, StyleVariant>;
  schema?: SchemaType;
  sortKeys?: boolean | ((a: string, b: string, depth: number) => number);
  lineWidth?: number;
  useAnchors?: boolean;
  compatMode?: boolean;
  condenseFlow?: boolean;
};

export function parse(content: string, options?: ParseOptions): unknown;
export function parseAll(content: string, options?: ParseOptions): unknown[];
export function stringify(data: unknown, options?: StringifyOptions): string;
