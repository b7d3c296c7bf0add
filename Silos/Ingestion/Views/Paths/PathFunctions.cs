using System.Globalization;
using System.Text;
using Silos.Ingestion.Json;

namespace Silos.Ingestion.Views.Paths;

/// <summary>The functions: SQL-on-FHIR's shareable profile (where, exists, empty, extension, ofType, first, not, getResourceKey,
/// getReferenceKey), its experimental ones (join, lowBoundary, highBoundary), and those that hospitals' views use beside them.</summary>
internal sealed partial class CompilePath
{
    private ViewPath Call(PathSyntax.Call call)
    {
        var of = call.Of is null ? This : Compile(call.Of);
        return call.Name switch
        {
            "where" => Where(of, Compile(One(call)), keep: true),
            "select" => Select(of, Compile(One(call))),
            "exists" => Exists(call.Arguments.Count == 0 ? of : Where(of, Compile(One(call)), keep: true), true),
            "all" => Exists(Where(of, Compile(One(call)), keep: false), false),
            "empty" => Exists(None(call, of), false),
            "count" => Count(None(call, of)),
            "not" => Not(None(call, of)),
            "hasValue" => HasValue(None(call, of)),
            "first" => Nth(None(call, of), last: false),
            "last" => Nth(None(call, of), last: true),
            "distinct" => Distinct(None(call, of)),
            "ofType" or "as" => OfType(call.Of ?? new PathSyntax.Special("this"), TypeOf(One(call))),
            "is" => IsType(of, TypeOf(One(call))),
            "extension" => Extension(of, Compile(One(call))),
            "join" => Join(of, call.Arguments.Count == 0 ? null : Compile(One(call))),
            "iif" => Iif(call),
            "lowBoundary" => Boundary(None(call, of), high: false),
            "highBoundary" => Boundary(None(call, of), high: true),
            "getResourceKey" => ResourceKey(None(call, of)),
            "getReferenceKey" => ReferenceKey(of, call.Arguments.Count == 0 ? null : TypeOf(One(call))),
            _ => throw new PathException($"no function '{call.Name}()'"),
        };
    }

    private static PathSyntax One(PathSyntax.Call call) =>
        call.Arguments.Count == 1 ? call.Arguments[0] : throw new PathException($"{call.Name}() takes 1 argument, not {call.Arguments.Count}");

    private static ViewPath None(PathSyntax.Call call, ViewPath of) =>
        call.Arguments.Count == 0 ? of : throw new PathException($"{call.Name}() takes no argument");

    private static string TypeOf(PathSyntax syntax)
    {
        var name = syntax switch
        {
            PathSyntax.Member { Of: null } member => member.Name,
            PathSyntax.Member { Of: PathSyntax.Member { Of: null, Name: "FHIR" or "System" } } member => member.Name,
            _ => throw new PathException("the argument must be the name of a type"),
        };
        return FhirTypes.IsKnown(name) ? name : throw new PathException($"no type '{name}'");
    }

    /// <summary>Evaluates <paramref name="of"/> and hands the list to <paramref name="use"/>.</summary>
    private static ViewPath On(ViewPath of, Action<Scope, Items, Items> use) => (Scope scope, in Focus focus, Items into) =>
    {
        var items = scope.Rent();
        of(scope, focus, items);
        use(scope, items, into);
        scope.Return(items);
    };

    private static ViewPath Where(ViewPath of, ViewPath criterion, bool keep) => (Scope scope, in Focus focus, Items into) =>
    {
        var (items, truth) = (scope.Rent(), scope.Rent());
        of(scope, focus, items);
        for (var i = 0; i < items.Count; i++)
        {
            truth.Clear();
            criterion(scope, focus with { Item = items[i], Any = true, Index = i }, truth);
            if ((scope.Logic(truth, "the criterion") == true) == keep)
            {
                into.Add(items[i]);
            }
        }

        scope.Return(truth);
        scope.Return(items);
    };

    private static ViewPath Select(ViewPath of, ViewPath projection) => (Scope scope, in Focus focus, Items into) =>
    {
        var items = scope.Rent();
        of(scope, focus, items);
        for (var i = 0; i < items.Count; i++)
        {
            projection(scope, focus with { Item = items[i], Any = true, Index = i }, into);
        }

        scope.Return(items);
    };

    private static ViewPath Exists(ViewPath of, bool wanted) => On(of, (_, items, into) => into.Add(Item.Truth(items.Count > 0 == wanted)));

    private static ViewPath Count(ViewPath of) => On(of, static (_, items, into) => into.Add(Item.Computed(items.Count.ToString(CultureInfo.InvariantCulture), "integer")));

    private static ViewPath Not(ViewPath of) => On(of, static (scope, items, into) =>
    {
        if (scope.Logic(items, "not()") is { } truth)
        {
            into.Add(Item.Truth(!truth));
        }
    });

    private static ViewPath HasValue(ViewPath of) => On(of, static (scope, items, into) => into.Add(Item.Truth(items.Count == 1 && scope.HasValue(items[0]))));

    private static ViewPath Nth(ViewPath of, bool last) => On(of, (_, items, into) =>
    {
        if (items.Count > 0)
        {
            into.Add(items[last ? items.Count - 1 : 0]);
        }
    });

    private static ViewPath Distinct(ViewPath of) => On(of, AddDistinct);

    private ViewPath OfType(PathSyntax of, string type)
    {
        var utf8 = Encoding.UTF8.GetBytes(type);
        return On(Compile(of), (scope, items, into) =>
        {
            for (var i = 0; i < items.Count; i++)
            {
                if (Is(scope, items[i], type, utf8))
                {
                    into.Add(items[i] with { Type = items[i].Type ?? type });
                }
            }
        });
    }

    private static ViewPath IsType(ViewPath of, string type)
    {
        var utf8 = Encoding.UTF8.GetBytes(type);
        return On(of, (scope, items, into) =>
        {
            if (items.Count > 0)
            {
                into.Add(Item.Truth(items.Count == 1 && Is(scope, items[0], type, utf8)));
            }
        });
    }

    /// <summary>By the type that is known; else a resource by its own, and another value by what its JSON can be.</summary>
    private static bool Is(Scope scope, in Item item, string type, byte[] utf8)
    {
        if (item.Type is { } known)
        {
            return FhirTypes.Is(known, type);
        }

        if (item.Node < 0)
        {
            return false;
        }

        return scope.Tape[item.Node].Kind switch
        {
            JsonKind.Object => scope.Tape.Member(item.Node, "resourceType"u8) is >= 0 and var own
                ? scope.Tape.Equals(own, utf8) || type is "Resource" or "DomainResource"
                : char.IsAsciiLetterUpper(type[0]),
            JsonKind.True or JsonKind.False => type is "boolean" or "Boolean",
            JsonKind.Number => type is "decimal" or "Decimal" || (type is "integer" or "Integer" or "positiveInt" or "unsignedInt" or "integer64" && scope.Tape.Raw(item.Node).IndexOfAny(".eE"u8) < 0),
            _ => !(char.IsAsciiLetterUpper(type[0]) && type != "String") && type is not ("boolean" or "decimal" or "integer" or "positiveInt" or "unsignedInt"),
        };
    }

    private static ViewPath Extension(ViewPath of, ViewPath url) => (Scope scope, in Focus focus, Items into) =>
    {
        var (items, wanted) = (scope.Rent(), scope.Rent());
        of(scope, focus, items);
        url(scope, focus, wanted);
        if (wanted.Count == 1)
        {
            for (var i = 0; i < items.Count; i++)
            {
                var holder = items[i].Sibling >= 0 ? items[i].Sibling : items[i].Node;
                Extensions(scope, scope.Tape.Member(holder, "extension"u8), wanted[0], into);
            }
        }

        scope.Return(wanted);
        scope.Return(items);
    };

    private static void Extensions(Scope scope, int list, in Item url, Items into)
    {
        if (list < 0 || scope.Tape[list].Kind != JsonKind.Array)
        {
            return;
        }

        for (var i = list + 1; i < scope.Tape[list].Next; i = scope.Tape[i].Next)
        {
            var own = scope.Tape.Member(i, "url"u8);
            if (own >= 0 && CompareItems.AreEqual(scope, new Item(own, -1, null, null), url) == true)
            {
                into.Add(new Item(i, -1, null, "Extension"));
            }
        }
    }

    private static ViewPath Join(ViewPath of, ViewPath? separator) => (Scope scope, in Focus focus, Items into) =>
    {
        var (items, between) = (scope.Rent(), scope.Rent());
        of(scope, focus, items);
        separator?.Invoke(scope, focus, between);
        var joined = new StringBuilder();
        var any = false;
        for (var i = 0; i < items.Count; i++)
        {
            if (scope.HasValue(items[i]))
            {
                joined.Append(any && between.Count == 1 ? scope.Text(between[0]) : "").Append(scope.Text(items[i]));
                any = true;
            }
        }

        if (any)
        {
            into.Add(Item.Computed(joined.ToString(), "string"));
        }

        scope.Return(between);
        scope.Return(items);
    };

    private ViewPath Iif(PathSyntax.Call call)
    {
        if (call.Of is not null || call.Arguments.Count is not (2 or 3))
        {
            throw new PathException("iif() takes a criterion, a value and perhaps another value");
        }

        var (criterion, then) = (Compile(call.Arguments[0]), Compile(call.Arguments[1]));
        var otherwise = call.Arguments.Count == 3 ? Compile(call.Arguments[2]) : null;
        return (Scope scope, in Focus focus, Items into) =>
        {
            var truth = scope.Rent();
            criterion(scope, focus, truth);
            var holds = scope.Logic(truth, "the criterion of iif()") == true;
            scope.Return(truth);
            (holds ? then : otherwise)?.Invoke(scope, focus, into);
        };
    }

    private static ViewPath Boundary(ViewPath of, bool high) => On(of, (scope, items, into) =>
    {
        if (items.Count > 1)
        {
            throw new PathException($"a boundary is asked of {items.Count} values");
        }

        if (items.Count == 1 && Boundaries.Of(scope, items[0], high) is { } boundary)
        {
            into.Add(boundary);
        }
    });

    private static ViewPath ResourceKey(ViewPath of) => On(of, static (scope, items, into) =>
    {
        for (var i = 0; i < items.Count; i++)
        {
            var (type, id) = (scope.Tape.Member(items[i].Node, "resourceType"u8), scope.Tape.Member(items[i].Node, "id"u8));
            if (type >= 0 && id >= 0)
            {
                into.Add(Item.Computed($"{scope.Tape.Text(type)}/{scope.Tape.Text(id)}", "string"));
            }
        }
    });

    private static ViewPath ReferenceKey(ViewPath of, string? type) => On(of, (scope, items, into) =>
    {
        for (var i = 0; i < items.Count; i++)
        {
            var reference = scope.Tape.Member(items[i].Node, "reference"u8);
            if (reference >= 0 && scope.Tape[reference].Kind == JsonKind.Text && ReferenceKeys.Of(scope.Tape.Text(reference), type, scope.Urns) is { } key)
            {
                into.Add(Item.Computed(key, "string"));
            }
        }
    });
}
