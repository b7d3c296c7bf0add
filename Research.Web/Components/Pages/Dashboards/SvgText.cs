using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace Research.Web.Components.Pages.Dashboards;

/// <summary>SVG's <c>text</c> about a middle, which Razor's own tag of that name hides.</summary>
public sealed class SvgText : ComponentBase
{
    [Parameter, EditorRequired] public required string Value { get; set; }

    [Parameter] public int X { get; set; }

    [Parameter] public int Y { get; set; }

    [Parameter, EditorRequired] public required string Class { get; set; }

    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        builder.OpenElement(0, "text");
        builder.AddAttribute(1, "x", X.ToString(CultureInfo.InvariantCulture));
        builder.AddAttribute(2, "y", Y.ToString(CultureInfo.InvariantCulture));
        builder.AddAttribute(3, "text-anchor", "middle");
        builder.AddAttribute(4, "class", Class);
        builder.AddContent(5, Value);
        builder.CloseElement();
    }
}
