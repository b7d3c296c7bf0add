using Research.Web;

await WebSite.Build(args).RunAsync();
