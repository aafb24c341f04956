/** The prebuilt browser bundle has the types of the package. */
declare module 'simple-peer/simplepeer.min.js' {
  import SimplePeer from 'simple-peer';
  export = SimplePeer;
}
