// What the builds put in the place of these names.
declare module "triplet-simd-text" {
  const text: string;
  export default text;
}
declare module "triplet-loss-text" {
  const text: string;
  export default text;
}
declare module "triplet-unpacker-text" {
  const text: string;
  export default text;
}
declare module "lua-instance" {
  const createInstance: (options: object) => Promise<any>;
  export default createInstance;
}
declare module "lua-modules" {
  const modules: Record<string, string>;
  export default modules;
}
