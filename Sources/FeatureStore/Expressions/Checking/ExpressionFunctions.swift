/// All that expressions can compute, in the order of the reference.
package enum ExpressionFunctions {
    /// Functions that go together, under a heading.
    package struct Group: Sendable {
        package let title: String
        package let functions: [ExpressionFunction]
    }

    package static let groups = [
        Group(title: "Arithmetic", functions: arithmetic),
        Group(title: "Comparison and logic", functions: comparisons + logic),
        Group(title: "Nulls and choice", functions: choices),
        Group(title: "Mathematics", functions: mathematics),
        Group(title: "Conversion", functions: conversions),
        Group(title: "Text", functions: texts),
        Group(title: "Time", functions: times),
        Group(title: "Places, vectors, buckets", functions: spaces),
    ]

    static let byName = Dictionary(uniqueKeysWithValues: groups.flatMap(\.functions).map { ($0.name, $0) })
    /// The names that are written as functions, for suggestions.
    static let callableNames = groups.flatMap(\.functions).filter { $0.usage.hasPrefix($0.name + "(") }.map(\.name)

    private typealias Signature = ExpressionFunction.Signature

    private static func numbers(
        _ integers: ExpressionOperation?, _ floats: ExpressionOperation, count: Int
    ) -> [Signature] {
        [
            Signature(Array(repeating: .integer, count: count), .integer, integers),
            Signature(Array(repeating: .float, count: count), .float, floats),
        ]
    }

    private static func float(_ operation: ExpressionOperation) -> ExpressionFunction.Rule {
        .signatures([Signature([.float], .float, operation)])
    }

    private static let arithmetic = [
        ExpressionFunction(
            operator: "a + b", name: "+", "The sum; a time or duration later by a duration; two texts as one.",
            .signatures(
                numbers(.addIntegers, .addFloats, count: 2) + [
                    Signature([.timestamp, .duration], .timestamp, .addIntegers),
                    Signature([.duration, .timestamp], .timestamp, .addIntegers),
                    Signature([.duration, .duration], .duration, .addIntegers),
                    Signature([.string, .string], .string, .concatenate),
                ])),
        ExpressionFunction(
            operator: "a - b", name: "-", "The difference; of two times a duration.",
            .signatures(
                numbers(.subtractIntegers, .subtractFloats, count: 2) + [
                    Signature([.timestamp, .timestamp], .duration, .subtractIntegers),
                    Signature([.timestamp, .duration], .timestamp, .subtractIntegers),
                    Signature([.duration, .duration], .duration, .subtractIntegers),
                ])),
        ExpressionFunction(
            operator: "a * b", name: "*", "The product; a duration taken so many times.",
            .signatures(
                numbers(.multiplyIntegers, .multiplyFloats, count: 2) + [
                    Signature([.duration, .integer], .duration, .multiplyIntegers),
                    Signature([.integer, .duration], .duration, .multiplyIntegers),
                ])),
        ExpressionFunction(
            operator: "a / b", name: "/",
            "The quotient, always a float, also of two integers; of two durations their ratio.",
            .signatures([
                Signature([.float, .float], .float, .divideFloats),
                Signature([.duration, .duration], .float, .divideIntegers),
            ])),
        ExpressionFunction(
            operator: "a // b", name: "//", "The quotient, rounded down.",
            .signatures(
                numbers(.floorDivideIntegers, .floorDivideFloats, count: 2) + [
                    Signature([.duration, .duration], .integer, .floorDivideIntegers)
                ])),
        ExpressionFunction(
            operator: "a % b", name: "%", "What is left by a // b; it has b's sign.",
            .signatures(
                numbers(.moduloIntegers, .moduloFloats, count: 2) + [
                    Signature([.duration, .duration], .duration, .moduloIntegers)
                ])),
        ExpressionFunction(
            operator: "-a", name: "negate", "The negative.",
            .signatures(
                numbers(.negateInteger, .negateFloat, count: 1)
                    + [Signature([.duration], .duration, .negateInteger)])),
        ExpressionFunction(
            operator: "a ** b", name: "pow", "The power, a float.",
            .signatures([Signature([.float, .float], .float, .power)])),
    ]

    private static func comparison(
        _ integers: ExpressionOperation, _ floats: ExpressionOperation, _ texts: ExpressionOperation,
        bools: Bool = false
    ) -> [Signature] {
        [
            Signature([.integer, .integer], .bool, integers), Signature([.float, .float], .bool, floats),
            Signature([.string, .string], .bool, texts), Signature([.bytes, .bytes], .bool, texts),
            Signature([.timestamp, .timestamp], .bool, integers), Signature([.duration, .duration], .bool, integers),
        ] + (bools ? [Signature([.bool, .bool], .bool, integers)] : [])
    }

    private static let comparisons = [
        ExpressionFunction(
            operator: "a == b", name: "==", "Whether both are equal; NaN equals nothing.",
            .signatures(comparison(.equalIntegers, .equalFloats, .equalTexts, bools: true))),
        ExpressionFunction(
            operator: "a != b", name: "!=", "Whether they differ.",
            .signatures(comparison(.unequalIntegers, .unequalFloats, .unequalTexts, bools: true))),
        ExpressionFunction(
            operator: "a < b", name: "<", "Whether a is less; texts compare by their bytes.",
            .signatures(comparison(.lessIntegers, .lessFloats, .lessTexts))),
        ExpressionFunction(
            operator: "a <= b", name: "<=", "Whether a is less or equal.",
            .signatures(comparison(.lessOrEqualIntegers, .lessOrEqualFloats, .lessOrEqualTexts))),
        ExpressionFunction(
            operator: "a > b", name: ">", "Whether a is greater.",
            .signatures(comparison(.lessIntegers, .lessFloats, .lessTexts))),
        ExpressionFunction(
            operator: "a >= b", name: ">=", "Whether a is greater or equal.",
            .signatures(comparison(.lessOrEqualIntegers, .lessOrEqualFloats, .lessOrEqualTexts))),
        ExpressionFunction(
            operator: "a in (b, c)", name: "in", "Whether a equals one of them; 'not in' is its contrary.",
            .form(.membership)),
    ]

    private static let logic = [
        ExpressionFunction(
            operator: "a and b", name: "and", "Whether both are true: false and null is false, true and null is null.",
            .signatures([Signature([.bool, .bool], .bool, .and)])),
        ExpressionFunction(
            operator: "a or b", name: "or", "Whether one is true: true or null is true, false or null is null.",
            .signatures([Signature([.bool, .bool], .bool, .or)])),
        ExpressionFunction(
            operator: "not a", name: "not", "The contrary.", .signatures([Signature([.bool], .bool, .not)])),
    ]

    private static let choices = [
        ExpressionFunction(
            "if(condition, a, b)", "a where the condition is true, b where it is false or null.", .form(.choice)),
        ExpressionFunction("coalesce(a, b, …)", "The first that is not null.", .form(.coalesce)),
        ExpressionFunction("null_if(a, b)", "a, or null where it equals b.", .form(.nullWhere)),
        ExpressionFunction("is_null(a)", "Whether a is null; never null itself.", .form(.isNull)),
    ]

    private static func extremes(_ integers: ExpressionOperation, _ floats: ExpressionOperation) -> [Signature] {
        numbers(integers, floats, count: 2) + [
            Signature([.timestamp, .timestamp], .timestamp, integers),
            Signature([.duration, .duration], .duration, integers),
        ]
    }

    private static let mathematics = [
        ExpressionFunction(
            "min(a, b, …)", "The least; null if one is null, NaN if one is NaN.",
            .fold(extremes(.minimumOfIntegers, .minimumOfFloats))),
        ExpressionFunction(
            "max(a, b, …)", "The greatest; null if one is null, NaN if one is NaN.",
            .fold(extremes(.maximumOfIntegers, .maximumOfFloats))),
        ExpressionFunction("clip(x, low, high)", "x, but no less than low and no more than high.", .form(.clip)),
        ExpressionFunction(
            "abs(x)", "x without its sign.",
            .signatures(
                numbers(.absoluteInteger, .absoluteFloat, count: 1)
                    + [Signature([.duration], .duration, .absoluteInteger)])),
        ExpressionFunction(
            "sign(x)", "-1, 0 or 1.", .signatures(numbers(.signOfInteger, .signOfFloat, count: 1))),
        ExpressionFunction("sqrt(x)", "The square root; NaN of a negative number.", float(.squareRoot)),
        ExpressionFunction("exp(x)", "e to the power of x.", float(.exponential)),
        ExpressionFunction("expm1(x)", "exp(x) - 1, exact also near 0.", float(.exponentialMinusOne)),
        ExpressionFunction("ln(x)", "The natural logarithm.", float(.naturalLogarithm)),
        ExpressionFunction("log2(x)", "The logarithm to base 2.", float(.binaryLogarithm)),
        ExpressionFunction("log10(x)", "The logarithm to base 10.", float(.decimalLogarithm)),
        ExpressionFunction("log1p(x)", "ln(1 + x), exact also near 0.", float(.logarithmOfOnePlus)),
        ExpressionFunction("sin(x)", "The sine of an angle in radians.", float(.sine)),
        ExpressionFunction("cos(x)", "The cosine of an angle in radians.", float(.cosine)),
        ExpressionFunction("tan(x)", "The tangent of an angle in radians.", float(.tangent)),
        ExpressionFunction("asin(x)", "The angle whose sine is x.", float(.arcSine)),
        ExpressionFunction("acos(x)", "The angle whose cosine is x.", float(.arcCosine)),
        ExpressionFunction("atan(x)", "The angle whose tangent is x.", float(.arcTangent)),
        ExpressionFunction(
            "atan2(y, x)", "The angle of the point (x, y).",
            .signatures([Signature([.float, .float], .float, .arcTangentOfTwo)])),
        ExpressionFunction("tanh(x)", "The hyperbolic tangent.", float(.hyperbolicTangent)),
        ExpressionFunction("floor(x)", "Rounded down.", .signatures(numbers(nil, .floor, count: 1))),
        ExpressionFunction("ceil(x)", "Rounded up.", .signatures(numbers(nil, .ceiling, count: 1))),
        ExpressionFunction(
            "round(x)", "Rounded to the nearest whole number, halves away from 0.",
            .signatures(numbers(nil, .roundToNearest, count: 1))),
        ExpressionFunction("trunc(x)", "Rounded towards 0.", .signatures(numbers(nil, .truncate, count: 1))),
        ExpressionFunction(
            "is_nan(x)", "Whether x is not a number.", .signatures([Signature([.float], .bool, .isNaN)])),
        ExpressionFunction(
            "is_finite(x)", "Whether x is neither NaN nor infinite.",
            .signatures([Signature([.float], .bool, .isFinite)])),
    ]

    private static let conversions = [
        ExpressionFunction(
            "int(x)",
            "A number without its fraction, a text's integer, true as 1; null where there is none of 64 bits.",
            .signatures([
                Signature([.integer], .integer, nil), Signature([.float], .integer, .integerFromFloat),
                Signature([.bool], .integer, nil), Signature([.string], .integer, .integerFromText),
            ])),
        ExpressionFunction(
            "float(x)", "A number as float64, a text's number; null where there is none.",
            .signatures([
                Signature([.float], .float, nil), Signature([.bool], .float, .floatFromInteger),
                Signature([.string], .float, .floatFromText),
            ])),
        ExpressionFunction(
            "string(x)", "A number, bool or time as text.",
            .signatures([
                Signature([.integer], .string, .textFromInteger), Signature([.float], .string, .textFromFloat),
                Signature([.bool], .string, .textFromBool), Signature([.timestamp], .string, .textFromTimestamp),
                Signature([.string], .string, nil),
            ])),
    ]

    private static func text(_ operation: ExpressionOperation, _ more: [ExpressionType], _ result: ExpressionType)
        -> ExpressionFunction.Rule
    {
        .signatures([Signature([.string] + more, result, operation)])
    }

    private static let texts = [
        ExpressionFunction(
            "length(text)", "Its characters (Unicode scalars); of bytes, how many.",
            .signatures([
                Signature([.string], .integer, .lengthOfText), Signature([.bytes], .integer, .lengthOfBytes),
            ])),
        ExpressionFunction("lower(text)", "In small letters.", text(.lowercase, [], .string)),
        ExpressionFunction("upper(text)", "In capital letters.", text(.uppercase, [], .string)),
        ExpressionFunction("trim(text)", "Without spaces, tabs and line ends around it.", text(.trim, [], .string)),
        ExpressionFunction("contains(text, part)", "Whether part occurs in it.", text(.contains, [.string], .bool)),
        ExpressionFunction(
            "starts_with(text, part)", "Whether it begins with part.", text(.startsWith, [.string], .bool)),
        ExpressionFunction("ends_with(text, part)", "Whether it ends with part.", text(.endsWith, [.string], .bool)),
        ExpressionFunction(
            "concat(a, b, …)", "All as one text; more than a mebibyte is null.",
            .fold([Signature([.string, .string], .string, .concatenate)])),
        ExpressionFunction(
            "replace(text, part, new)", "With every part replaced; more than a mebibyte is null.",
            text(.replace, [.string, .string], .string)),
        ExpressionFunction(
            "substring(text, start, count)", "So many characters from start, which counts from 0.",
            text(.substring, [.integer, .integer], .string)),
    ]

    private static func timePart(_ operation: ExpressionOperation) -> ExpressionFunction.Rule {
        .form(.timePart(operation))
    }

    private static let times = [
        ExpressionFunction(
            "timestamp(text)", "The time that a text gives, UTC where it names no zone.", .form(.timestamp)),
        ExpressionFunction(
            "since(time)", "The duration from then to now: a training row's time offline, the request's online.",
            .form(.since)),
        ExpressionFunction("year(time[, zone])", "The year, UTC or in a zone like 'Europe/Berlin'.", timePart(.year)),
        ExpressionFunction("month(time[, zone])", "1 to 12.", timePart(.month)),
        ExpressionFunction("day(time[, zone])", "1 to 31.", timePart(.day)),
        ExpressionFunction("hour(time[, zone])", "0 to 23.", timePart(.hour)),
        ExpressionFunction("minute(time[, zone])", "0 to 59.", timePart(.minute)),
        ExpressionFunction("second(time[, zone])", "0 to 59.", timePart(.second)),
        ExpressionFunction("weekday(time[, zone])", "0 for Monday to 6 for Sunday.", timePart(.weekday)),
        ExpressionFunction("day_of_year(time[, zone])", "1 to 366.", timePart(.dayOfYear)),
        ExpressionFunction("is_weekend(time[, zone])", "Whether it is a Saturday or Sunday.", .form(.isWeekend)),
        ExpressionFunction(
            "floor_time(time, span)", "The last multiple of span since 1970-01-01T00:00:00Z.",
            .signatures([Signature([.timestamp, .duration], .timestamp, .floorToSpan)])),
        ExpressionFunction("seconds(duration)", "How many, a float.", .form(.span(microseconds: 1_000_000))),
        ExpressionFunction("minutes(duration)", "How many, a float.", .form(.span(microseconds: 60_000_000))),
        ExpressionFunction("hours(duration)", "How many, a float.", .form(.span(microseconds: 3_600_000_000))),
        ExpressionFunction(
            "days(duration)", "How many, of 24 hours, a float.", .form(.span(microseconds: 86_400_000_000))),
        ExpressionFunction(
            "unix_seconds(time)", "Seconds since 1970-01-01T00:00:00Z, a float.",
            .signatures([Signature([.timestamp], .float, .secondsOfSpan)])),
        ExpressionFunction(
            "from_unix(seconds)", "The time so many seconds after 1970-01-01T00:00:00Z.",
            .signatures([Signature([.float], .timestamp, .timestampFromSeconds)])),
    ]

    private static let spaces = [
        ExpressionFunction(
            "geo_distance_km(lat1, lon1, lat2, lon2)",
            "Kilometres along the globe between two places in degrees (haversine).",
            .signatures([Signature([.float, .float, .float, .float], .float, .geoDistance)])),
        ExpressionFunction("dot(a, b)", "The dot product of two vectors.", .form(.vectors(.dotProduct))),
        ExpressionFunction(
            "cosine(a, b)", "The cosine of the angle between two vectors.", .form(.vectors(.cosineSimilarity))),
        ExpressionFunction("euclidean(a, b)", "The distance between two vectors.", .form(.vectors(.euclideanDistance))),
        ExpressionFunction("norm(a)", "The length of a vector.", .form(.norm)),
        ExpressionFunction(
            operator: "a[i]", name: "element", "A vector's element i, from 0; null if there is none.", .form(.element)),
        ExpressionFunction(
            "hash_bucket(x, n)",
            "A number from 0 to n - 1 that depends on x alone (XXH64 of an integer's 8 bytes or a text's bytes, modulo n).",
            .form(.bucket)),
    ]
}
