import { messageOf } from '../lib/errors.ts';
import { connectTo } from './connect.ts';

/** What became of a TCP connection that was made only to see whether it can be: `words` says why not. */
export type Reached =
  | { readonly kind: 'accepted'; readonly localAddress: string | undefined }
  /** A RST: somebody is there and does not want us. */
  | { readonly kind: 'refused' }
  | { readonly kind: 'silent'; readonly words: string };

export async function reach(address: string, port: number, signal: AbortSignal): Promise<Reached> {
  try {
    const socket = await connectTo(address, port, signal);
    const { localAddress } = socket;
    socket.destroy();
    return { kind: 'accepted', localAddress };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : messageOf(error);
    return code === 'ECONNREFUSED' ? { kind: 'refused' } : { kind: 'silent', words: code };
  }
}
