/** Where the file is, in a bundler that copies it: webpack's asset/resource, esbuild's file loader. */
declare const url: string;
export default url;
