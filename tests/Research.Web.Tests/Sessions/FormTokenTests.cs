using System.Net;
using Research.Web.Tests.Browser;
using Xunit;

namespace Research.Web.Tests.Sessions;

public sealed class FormTokenTests(Site site)
{
    /// <summary>Goal: a form of another site does nothing here. Method: every route that takes a form outside the pages, without the form's token.</summary>
    [Theory]
    [InlineData("/sign-out")]
    [InlineData("/sign-in/passkey/begin")]
    [InlineData("/download")]
    [InlineData("/language")]
    public async Task A_form_without_its_token_is_refused(string route)
    {
        using var http = new HttpClient { BaseAddress = site.Url };
        using var content = new FormUrlEncodedContent([KeyValuePair.Create("name", "receipt.json"), KeyValuePair.Create("content", ""), KeyValuePair.Create("tag", "fr"), KeyValuePair.Create("back", "/")]);
        using var answer = await http.PostAsync(new Uri(route, UriKind.Relative), content);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }
}
