using StripeDouble;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddSingleton(TimeProvider.System);
builder.Services.AddSingleton<Vault>();
builder.Services.AddHttpClient<EventSender>();
builder.Services.AddSingleton<EventQueue>();
builder.Services.AddHostedService(provider => provider.GetRequiredService<EventQueue>());

var app = builder.Build();
app.UseMiddleware<Door>();
app.MapGet("/readyz", () => Results.Ok());
app.MapCheckout();
app.MapMoney();
await app.RunAsync();
