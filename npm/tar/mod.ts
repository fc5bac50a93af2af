// npm:modern-tar does the work, behind the classes that @std/tar has.
export * from "./tar_stream.ts";
export * from "./untar_stream.ts";
