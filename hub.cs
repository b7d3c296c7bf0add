#:property PublishAot=false
#:property Configuration=Release
#:project tests/Story/Story.csproj
// The one way in:  dotnet run hub.cs  [-- up|demo|test]     (README.md)
using Story;

return await Commands.RunAsync(args);
