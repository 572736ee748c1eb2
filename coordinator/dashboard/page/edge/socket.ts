import type { Wire, WireEvents } from '../state/live-link.js';

const PROTOCOL = 'headframe.v1';

/** Opens the WebSocket of the coordinator that the page is from; the token goes as a sub-protocol, for it must not be in a URL. */
export function openSocket(token: string | undefined, { onOpen, onText, onClose }: WireEvents): Wire {
  const url = new URL('v1/ws', document.baseURI);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.hash = '';
  const protocols = token === undefined ? [PROTOCOL] : [PROTOCOL, `${PROTOCOL}.bearer.${token}`];
  const socket = new WebSocket(url, protocols);
  socket.addEventListener('open', onOpen);
  socket.addEventListener('message', ({ data }) => {
    if (typeof data === 'string') onText(data);
  });
  socket.addEventListener('close', ({ code }) => {
    onClose(code);
  });
  return {
    send: (text) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    close: () => {
      socket.close();
    },
  };
}
