namespace Research.Api.Protocol;

/// <summary>Work towards somebody else that does not get done.</summary>
/// <param name="Kind">What it is: <c>deliver-permit</c>, <c>mail</c>, <c>webhook</c>, <c>refund</c>, <c>share</c>.</param>
/// <param name="Due">When it is tried next.</param>
public sealed record StuckMessage(long Id, string Kind, long Attempts, string Due, string Error);

/// <summary>Where to be told of one's applications by HTTP: an https address.</summary>
public sealed record WebhookRequest(string Url);

/// <summary>A webhook as it was made; the secret is shown once. Each POST has <c>ResearchHub-Signature: t=unix seconds,v1=hex HMAC-SHA256(secret, "t.body")</c>.</summary>
public sealed record NewWebhook(string Id, string Url, string Secret);

/// <summary>A webhook without its secret.</summary>
public sealed record WebhookView(string Id, string Url, string Created);

/// <summary>What a webhook is sent: that something happened, and to what; ask the API for more. Sent at least once, in order; <paramref name="Id"/> is the same when it comes again.</summary>
/// <param name="Type">Such as <c>application.approved</c>.</param>
public sealed record WebhookEvent(string Id, string Type, string Application, string Time);
