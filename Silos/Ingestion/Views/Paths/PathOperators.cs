using System.Globalization;

namespace Silos.Ingestion.Views.Paths;

/// <summary>The operators: three-valued logic, equality, order, arithmetic in decimals, union.</summary>
internal sealed partial class CompilePath
{
    private ViewPath Binary(PathSyntax.Binary binary)
    {
        if (binary.Operator is "is" or "as")
        {
            var type = ((PathSyntax.Literal)binary.Right).Text!;
            return binary.Operator == "as" ? OfType(binary.Left, type) : IsType(Compile(binary.Left), type);
        }

        var (left, right) = (Compile(binary.Left), Compile(binary.Right));
        return binary.Operator switch
        {
            "and" => Logic(left, right, static (a, b) => a == false || b == false ? false : a is null || b is null ? null : true, "and"),
            "or" => Logic(left, right, static (a, b) => a == true || b == true ? true : a is null || b is null ? null : false, "or"),
            "xor" => Logic(left, right, static (a, b) => a is null || b is null ? null : a != b, "xor"),
            "implies" => Logic(left, right, static (a, b) => a == false || b == true ? true : a is null || b is null ? null : false, "implies"),
            "=" => Pair(left, right, static (scope, a, b) => CompareItems.AreEqual(scope, a, b)),
            "!=" => Pair(left, right, static (scope, a, b) => !CompareItems.AreEqual(scope, a, b)),
            "~" => Pair(left, right, static (scope, a, b) => a.Count == 0 && b.Count == 0 ? true : CompareItems.AreEqual(scope, a, b) ?? false),
            "!~" => Pair(left, right, static (scope, a, b) => a.Count == 0 && b.Count == 0 ? false : !(CompareItems.AreEqual(scope, a, b) ?? false)),
            "<" => Pair(left, right, static (scope, a, b) => Order(scope, a, b, "<") is { } order ? order < 0 : null),
            ">" => Pair(left, right, static (scope, a, b) => Order(scope, a, b, ">") is { } order ? order > 0 : null),
            "<=" => Pair(left, right, static (scope, a, b) => Order(scope, a, b, "<=") is { } order ? order <= 0 : null),
            ">=" => Pair(left, right, static (scope, a, b) => Order(scope, a, b, ">=") is { } order ? order >= 0 : null),
            "in" => Pair(left, right, static (scope, a, b) => Contains(scope, b, a)),
            "contains" => Pair(left, right, static (scope, a, b) => Contains(scope, a, b)),
            "|" => Union(left, right),
            "&" => Concatenation(left, right),
            var arithmetic => Arithmetic(arithmetic, left, right),
        };
    }

    private static ViewPath Pair(ViewPath left, ViewPath right, Func<Scope, Items, Items, bool?> decide) => (Scope scope, in Focus focus, Items into) =>
    {
        var (a, b) = (scope.Rent(), scope.Rent());
        left(scope, focus, a);
        right(scope, focus, b);
        if (decide(scope, a, b) is { } truth)
        {
            into.Add(Item.Truth(truth));
        }

        scope.Return(b);
        scope.Return(a);
    };

    private static ViewPath Logic(ViewPath left, ViewPath right, Func<bool?, bool?, bool?> decide, string name) =>
        Pair(left, right, (scope, a, b) => decide(scope.Logic(a, $"the left of '{name}'"), scope.Logic(b, $"the right of '{name}'")));

    /// <summary>−1, 0 or 1; null where one side is empty or the order is unknown, and then every comparison is unknown.</summary>
    private static int? Order(Scope scope, Items a, Items b, string name)
    {
        if (a.Count == 0 || b.Count == 0)
        {
            return null;
        }

        return a.Count == 1 && b.Count == 1 ? CompareItems.Order(scope, a[0], b[0]) : throw new PathException($"'{name}' compares {a.Count} values with {b.Count}");
    }

    private static bool? Contains(Scope scope, Items all, Items one)
    {
        if (one.Count != 1)
        {
            return one.Count == 0 ? null : throw new PathException("membership is asked of several values");
        }

        for (var i = 0; i < all.Count; i++)
        {
            if (CompareItems.AreEqual(scope, all[i], one[0]) == true)
            {
                return true;
            }
        }

        return false;
    }

    private static ViewPath Union(ViewPath left, ViewPath right) => (Scope scope, in Focus focus, Items into) =>
    {
        var both = scope.Rent();
        left(scope, focus, both);
        right(scope, focus, both);
        AddDistinct(scope, both, into);
        scope.Return(both);
    };

    private static void AddDistinct(Scope scope, Items all, Items into)
    {
        for (var i = 0; i < all.Count; i++)
        {
            var j = 0;
            while (j < i && CompareItems.AreEqual(scope, all[i], all[j]) != true)
            {
                j++;
            }

            if (j == i)
            {
                into.Add(all[i]);
            }
        }
    }

    private static ViewPath Concatenation(ViewPath left, ViewPath right) => (Scope scope, in Focus focus, Items into) =>
    {
        var (a, b) = (scope.Rent(), scope.Rent());
        left(scope, focus, a);
        right(scope, focus, b);
        into.Add(Item.Computed((Single(scope, a, "&") ?? "") + Single(scope, b, "&"), "string"));
        scope.Return(b);
        scope.Return(a);
    };

    private static ViewPath Arithmetic(string name, ViewPath left, ViewPath right) => (Scope scope, in Focus focus, Items into) =>
    {
        var (a, b) = (scope.Rent(), scope.Rent());
        left(scope, focus, a);
        right(scope, focus, b);
        if (a.Count > 1 || b.Count > 1)
        {
            throw new PathException($"'{name}' has {a.Count} values on its left and {b.Count} on its right");
        }

        if (a.Count == 1 && b.Count == 1 && scope.HasValue(a[0]) && scope.HasValue(b[0]) && Result(scope, name, a[0], b[0]) is { } result)
        {
            into.Add(result);
        }

        scope.Return(b);
        scope.Return(a);
    };

    private static Item? Result(Scope scope, string name, in Item a, in Item b)
    {
        if (name == "+" && scope.IsText(a) && scope.IsText(b))
        {
            return Item.Computed(scope.Text(a) + scope.Text(b), "string");
        }

        if (!scope.IsNumber(a) || !scope.IsNumber(b))
        {
            throw new PathException($"'{name}' wants numbers");
        }

        var (x, y) = (CompareItems.Number(scope, a), CompareItems.Number(scope, b));
        if (y == 0 && (name is "/" or "div" or "mod"))
        {
            return null;
        }

        try
        {
            var value = name switch
            {
                "+" => x + y,
                "-" => x - y,
                "*" => x * y,
                "/" => x / y,
                "div" => decimal.Truncate(x / y),
                "mod" => x % y,
                _ => throw new PathException($"no operator '{name}'"),
            };
            return Item.Computed(value.ToString("0.############################", CultureInfo.InvariantCulture), value == decimal.Truncate(value) && name != "/" ? "integer" : "decimal");
        }
        catch (OverflowException)
        {
            throw new PathException($"the result of '{name}' is out of range");
        }
    }

    private static string? Single(Scope scope, Items items, string name) => items.Count switch
    {
        0 => null,
        1 => scope.HasValue(items[0]) ? scope.Text(items[0]) : null,
        _ => throw new PathException($"'{name}' has {items.Count} values where one is wanted"),
    };
}
