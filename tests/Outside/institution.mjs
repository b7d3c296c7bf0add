// A certified OpenID Provider as an institution's. In (environment): PORT, JWKS (file), RESOURCE (our audience), RETURN (the web's return address).
import { readFileSync } from 'node:fs';
import Provider from 'oidc-provider';

const { PORT, JWKS, RESOURCE, RETURN } = process.env;
const issuer = `http://127.0.0.1:${PORT}`;
const people = { scientist: ['staff-scientist'], visitor: ['guest'] };

const provider = new Provider(issuer, {
  jwks: JSON.parse(readFileSync(JWKS, 'utf8')),
  cookies: { keys: ['for this test alone'] },
  clients: [
    { client_id: 'notebook', client_secret: 'notebook-secret', grant_types: ['client_credentials'], redirect_uris: [], response_types: [], id_token_signed_response_alg: 'ES256' },
    { client_id: 'web', client_secret: 'web-secret', grant_types: ['authorization_code'], redirect_uris: [RETURN], response_types: ['code'], id_token_signed_response_alg: 'ES256', application_type: 'native' },
  ],
  scopes: ['openid', 'hub'],
  claims: { openid: ['sub'] },
  pkce: { required: () => true },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  extraTokenClaims: (_, token) => ({ roles: people[token.accountId ?? 'scientist'] ?? [], name: `Person ${token.accountId ?? token.clientId}`, email: `${token.accountId ?? token.clientId}@certified.test` }),
  ttl: { AccessToken: 600, ClientCredentials: 600, Grant: 600, IdToken: 600, Interaction: 600, Session: 600 },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => RESOURCE,
      useGrantedResource: () => true,
      getResourceServerInfo: (_, resource) => ({ scope: 'hub', audience: resource, accessTokenFormat: 'jwt', jwt: { sign: { alg: 'ES256' } } }),
    },
  },
});

provider.listen(Number(PORT), '127.0.0.1', () => console.log('ready'));
