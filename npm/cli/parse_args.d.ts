// What we use of @std/cli/parse-args, with its own signatures; dotted names ("a.b") keep their dots in the types here.

type Name = string | undefined;
type Aliases = Partial<Record<string, string | readonly string[]>>;

/** One or several names, given as they are or as a list. */
type Names<N> = N | readonly Extract<N, string>[];

/** An intersection as one object, so that an error message can be read. */
type Flat<T> = { [K in keyof T]: T[K] };

/** The flags named: one value each, or a list of values where they are collected. */
type Flags<N, T, Collected, Negatable = undefined> =
  & {
    [K in Extract<Exclude<N, Collected>, string>]?: K extends Negatable ? T | false
      : T;
  }
  & Required<
    {
      [K in Extract<N, Collected & string>]?: K extends Negatable ? T[] | false
        : T[];
    }
  >;

/** A default takes the place of "not given". */
type WithDefaults<T, Default> = Default extends undefined ? T
  :
    & Omit<T, keyof Default>
    & {
      [K in keyof Default]: K extends keyof T ? Default[K] | NonNullable<T[K]>
        : unknown;
    };

type WithAliases<T, Alias> = {
  [K in keyof T as K | (K extends keyof Alias ? AliasOf<Alias[K]> : never)]: T[K];
};
type AliasOf<A> = A extends readonly string[] ? A[number]
  : string extends A ? never
  : Extract<A, string>;

type Values<Bool, Str, Collected, Negatable, Default, Alias> =
  // With no flag named, every flag is accepted, as anything.
  // deno-lint-ignore no-explicit-any
  undefined extends Exclude<Bool, false> & Str & Collected ? Record<string, any>
    :
      & Record<string, unknown>
      & WithAliases<
        WithDefaults<
          & Flags<Str, string, Collected, Negatable>
          & Required<Flags<Bool, boolean, Collected>>
          & {
            [K in Exclude<Extract<Collected, string>, Str | Bool>]:
              | unknown[]
              | (K extends Negatable ? false : never);
          },
          Default
        >,
        Alias
      >;

type DoubleDash<D> = boolean extends D ? { "--"?: string[] }
  : true extends D ? { "--": string[] }
  : unknown;

export type Args<
  // deno-lint-ignore no-explicit-any
  T extends Record<string, unknown> = Record<string, any>,
  D extends boolean | undefined = undefined,
> = Flat<T & { _: (string | number)[] } & DoubleDash<D>>;

export interface ParseOptions<
  Bool extends boolean | Name = boolean | Name,
  Str extends Name = Name,
  Collected extends Name = Name,
  Negatable extends Name = Name,
  Default extends Record<string, unknown> | undefined =
    | Record<string, unknown>
    | undefined,
  Alias extends Aliases | undefined = Aliases | undefined,
  D extends boolean | undefined = boolean | undefined,
> {
  "--"?: D;
  alias?: Alias;
  boolean?: Names<Bool>;
  collect?: Names<Collected>;
  default?: Default;
  negatable?: Names<Negatable>;
  stopEarly?: boolean;
  string?: Names<Str>;
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

export function parseArgs<
  D extends boolean | undefined = undefined,
  Bool extends boolean | Name = undefined,
  Str extends Name = undefined,
  Collected extends Name = undefined,
  Negatable extends Name = undefined,
  Default extends Record<string, unknown> | undefined = undefined,
  Alias extends
    | Partial<Record<string, AliasName | readonly AliasName[]>>
    | undefined = undefined,
  AliasName extends string = string,
>(
  args: readonly string[],
  options?: ParseOptions<Bool, Str, Collected, Negatable, Default, Alias, D>,
): Args<Values<Bool, Str, Collected, Negatable, Default, Alias>, D>;
