// An independent certified provider (npm oidc-provider) behind a gate that obeys the same tampering
// as the sandbox. Prints its port on standard output; ends with its standard input.
import crypto from 'node:crypto';
import http from 'node:http';
import { Provider } from 'oidc-provider';

const PREFIX = '/auth/realms/esante-wallet';
const settings = JSON.parse(process.argv[2]);
const b64 = (value) => Buffer.from(value).toString('base64url');
const unb64 = (text) => JSON.parse(Buffer.from(text, 'base64url'));

let serial = 0;
const newKey = (kid) => {
  const pair = crypto.generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { kid: kid ?? `node-${(serial += 1)}`, ...pair };
};
const publicJwk = ({ kid, publicKey }) => ({
  ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'RS256',
});
let published = [newKey()];
const unpublished = newKey();
const original = published[0];
let tampering = {};

const applied = (target, changes = {}) =>
  Object.fromEntries(Object.entries({ ...target, ...changes }).filter(([, v]) => v !== null));

function sign(claims, typ, t = tampering) {
  const [algorithm, secretKind] = (t.algorithm ?? 'RS256').split('-');
  const current = published.at(-1);
  const key = (t.key ?? 'current') === 'current' ? current : unpublished;
  const kid = t.key === 'unknown' ? unpublished.kid : current.kid;
  const header = applied({ alg: algorithm, typ, kid }, t.header);
  const input = `${b64(JSON.stringify(header))}.${b64(JSON.stringify(claims))}`;
  if (algorithm === 'none') return `${input}.`;
  if (algorithm === 'HS256') {
    const secret = secretKind === 'secret'
      ? settings.client.client_secret
      : current.publicKey.export({ type: 'spki', format: 'pem' });
    return `${input}.${crypto.createHmac('sha256', secret).update(input).digest('base64url')}`;
  }
  const options = algorithm === 'PS256'
    ? { key: key.privateKey, padding: crypto.constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 }
    : key.privateKey;
  return `${input}.${crypto.sign('sha256', Buffer.from(input), options).toString('base64url')}`;
}

function resigned(token, changes) {
  const claims = unb64(token.split('.')[1]);
  const shift = tampering.shift_s ?? 0;
  for (const name of ['iat', 'exp', 'auth_time']) if (name in claims) claims[name] += shift;
  return sign(applied(claims, changes), 'JWT');
}

const json = (body) => ({ type: 'application/json', body: JSON.stringify(body) });
const rewriters = {
  discovery: (text) => json(applied(JSON.parse(text), tampering.discovery)),
  jwks: () => json({ keys: published.map(publicJwk) }),
  token(text) {
    const answer = JSON.parse(text);
    if (answer.id_token) answer.id_token = resigned(answer.id_token, tampering.claims);
    return json(applied(answer, tampering.token_response));
  },
  userinfo(text) {
    const claims = applied(JSON.parse(text), tampering.userinfo);
    const format = tampering.userinfo_format ?? 'json';
    if (format === 'json' || claims.error) return json(claims);
    const key = format === 'jwt-forged' ? 'forged' : 'current';
    return { type: 'application/jwt', body: sign(claims, 'JWT', { key }) };
  },
};
const endpoints = {
  [`${PREFIX}/.well-known/wallet-openid-configuration`]: 'discovery',
  [`${PREFIX}/protocol/openid-connect/certs`]: 'jwks',
  [`${PREFIX}/protocol/openid-connect/token`]: 'token',
  [`${PREFIX}/protocol/openid-connect/userinfo`]: 'userinfo',
};

const huge = `${' '.repeat(2_000_000)}{}`;
const failures = {
  500: [500, {}, '{"error": "server_error"}'],
  '503-html': [503, {}, '<h1>Maintenance</h1>'],
  html: [200, { 'content-type': 'text/html' }, '<!doctype html><h1>Portail captif</h1>'],
  redirect: [302, { location: 'http://127.0.0.1:9/' }, ''],
  huge: [200, {}, huge],
  list: [200, {}, '[]'],
  nested: [200, {}, '['.repeat(100_000)],
  gzip: [200, { 'content-encoding': 'gzip' }, 'x'],
};

function fail(way, response) {
  if (way === 'slow') return;
  if (way === 'reset') { response.socket.resetAndDestroy(); return; }
  if (way === 'cut') {
    response.writeHead(200, { 'content-length': 500 });
    response.write('{"access_', () => response.socket.destroy());
    return;
  }
  const [status, headers, body] = failures[way];
  response.writeHead(status, headers).end(body);
}

let provider;
function makeProvider(issuer) {
  const privateJwk = {
    ...original.privateKey.export({ format: 'jwk' }), kid: original.kid, use: 'sig', alg: 'RS256',
  };
  const people = Object.fromEntries(settings.people.map((claims) => [claims.sub, claims]));
  return new Provider(issuer, {
    clients: [settings.client],
    jwks: { keys: [privateJwk] },
    ttl: { IdToken: 120, AccessToken: 120 },
    acrValues: ['eidas1', 'eidas2', 'eidas3'],
    scopes: ['openid', 'scope_all'],
    claims: {
      openid: ['sub'], acr: null, sid: null, auth_time: null, iss: null,
      scope_all: Object.keys(settings.people[0]).filter((name) => name !== 'sub'),
    },
    routes: {
      authorization: '/auth',
      token: '/protocol/openid-connect/token',
      userinfo: '/protocol/openid-connect/userinfo',
      jwks: '/protocol/openid-connect/certs',
      end_session: '/protocol/openid-connect/logout',
    },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => { ctx.body = form.replace('</form>', '<input name="logout" value="yes"></form>'); },
      },
    },
    pkce: { required: () => true },
    // oidc-provider refuses to call loopback addresses; here the application is one.
    fetch: (url, { dispatcher, ...options }) => fetch(url, options),
    cookies: { keys: ['test'] },
    interactions: { url: (ctx, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (ctx, id) => ({ accountId: id, claims: () => people[id] ?? { sub: id } }),
    async loadExistingGrant(ctx) {
      const { clientId } = ctx.oidc.client;
      const { Grant } = ctx.oidc.provider;
      const known = ctx.oidc.session.grantIdFor(clientId);
      if (known) return Grant.find(known);
      const grant = new Grant({ clientId, accountId: ctx.oidc.session.accountId });
      grant.addOIDCScope('openid scope_all');
      await grant.save();
      return grant;
    },
  });
}

async function interact(request, response) {
  const subject = request.headers['x-person'];
  const result = subject
    ? { login: { accountId: subject, acr: request.headers['x-acr'], remember: true } }
    : { error: 'access_denied' };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

const inner = http.createServer(async (request, response) => {
  if (request.url.startsWith('/interaction/')) return interact(request, response);
  // oidc-provider finds where it is mounted by comparing the two addresses.
  request.originalUrl = request.url.replace('/wallet-openid-', '/openid-');
  request.url = request.originalUrl.slice(PREFIX.length);
  return provider.callback()(request, response);
});

async function control(request, response, body) {
  const data = JSON.parse(body || '{}');
  if (request.url === '/_control/tampering') tampering = data;
  if (request.url === '/_control/keys') {
    const fresh = newKey(data.same_kid ? published.at(-1).kid : undefined);
    published = data.keep_old && !data.same_kid ? [...published, fresh] : [fresh];
  }
  response.writeHead(204).end();
}

function rewriteLocation(location) {
  if (!location?.startsWith(settings.client.redirect_uris[0]) || !tampering.callback) return location;
  const url = new URL(location);
  for (const [name, value] of Object.entries(tampering.callback)) {
    if (value === null) url.searchParams.delete(name); else url.searchParams.set(name, value);
  }
  return url.href;
}

function relay(request, response, body) {
  const path = request.url.split('?')[0];
  const endpoint = endpoints[path];
  const way = tampering.http?.[endpoint];
  if (way) { fail(way, response); return; }
  const options = {
    port: inner.address().port, host: '127.0.0.1', method: request.method, path: request.url,
    headers: request.headers,
  };
  const forward = http.request(options, (answer) => {
    const chunks = [];
    answer.on('data', (chunk) => chunks.push(chunk));
    answer.on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const { 'content-length': _, ...headers } = answer.headers;
      if (headers.location) headers.location = rewriteLocation(headers.location);
      const rewriter = answer.statusCode === 200 && rewriters[endpoint];
      if (!rewriter) { response.writeHead(answer.statusCode, headers).end(text); return; }
      const { type, body: rewritten } = rewriter(text);
      response.writeHead(200, { ...headers, 'content-type': type }).end(rewritten);
    });
  });
  forward.end(body);
}

const gate = http.createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    const body = Buffer.concat(chunks);
    if (request.url.startsWith('/_control/')) control(request, response, body.toString());
    else relay(request, response, body);
  });
});

inner.listen(0, '127.0.0.1', () => gate.listen(0, '127.0.0.1', () => {
  const { port } = gate.address();
  provider = makeProvider(`http://127.0.0.1:${port}${PREFIX}`);
  process.stdout.write(`${port}\n`);
}));
process.stdin.on('end', () => process.exit(0)).resume();
