// Nodemailer's SMTP server. In (environment): PORT, TLS (1: STARTTLS by a certificate that nobody knows). Prints a line of JSON for each letter that it took.
import { SMTPServer } from 'smtp-server';

const { PORT, TLS } = process.env;
const server = new SMTPServer({
  disabledCommands: TLS ? [] : ['STARTTLS'],
  allowInsecureAuth: !TLS,
  onAuth: (auth, _, done) => (auth.username === 'hub' && auth.password === 'its password' ? done(null, { user: auth.username }) : done(new Error('wrong name or password'))),
  onData(stream, session, done) {
    let raw = '';
    stream.on('data', part => (raw += part));
    stream.on('end', () => {
      const { mailFrom, rcptTo } = session.envelope;
      console.log(JSON.stringify({ user: session.user, from: mailFrom.address, to: rcptTo.map(one => one.address), raw }));
      done();
    });
  },
});
server.on('error', () => {});
server.listen(Number(PORT), '127.0.0.1', () => console.log('ready'));
