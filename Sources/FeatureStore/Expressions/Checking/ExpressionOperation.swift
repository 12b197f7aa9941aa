/// What one step of a compiled expression does. Timestamps, durations and booleans are computed with as integers.
///
/// A null in any argument gives null, unless it is said otherwise.
enum ExpressionOperation: UInt8, Hashable, Sendable {
    // Integers; what does not fit 64 bits, and division by zero, is null.
    case addIntegers, subtractIntegers, multiplyIntegers, floorDivideIntegers, moduloIntegers, negateInteger
    case absoluteInteger, signOfInteger, minimumOfIntegers, maximumOfIntegers
    /// A float.
    case divideIntegers

    // Floats, by IEEE 754.
    case addFloats, subtractFloats, multiplyFloats, divideFloats, floorDivideFloats, moduloFloats, negateFloat
    case absoluteFloat, signOfFloat, minimumOfFloats, maximumOfFloats
    case squareRoot, exponential, exponentialMinusOne, naturalLogarithm, decimalLogarithm, binaryLogarithm
    case logarithmOfOnePlus, power
    case sine, cosine, tangent, arcSine, arcCosine, arcTangent, arcTangentOfTwo, hyperbolicTangent
    case floor, ceiling, roundToNearest, truncate
    case isNaN, isFinite

    // Comparisons.
    case equalIntegers, unequalIntegers, lessIntegers, lessOrEqualIntegers
    case equalFloats, unequalFloats, lessFloats, lessOrEqualFloats
    case equalTexts, unequalTexts, lessTexts, lessOrEqualTexts

    // Logic. `and` and `or` are true or false where one argument suffices to tell.
    case and, or, not
    /// True or false, never null.
    case isNull
    /// The second argument where the first is true, else the third; of values, and of texts.
    case chooseValue, chooseText
    /// The first argument, or the second where it is null.
    case coalesceValue, coalesceText
    /// The first argument, but null where it equals the second, which the third (a bool) tells.
    case nullWhereValue, nullWhereText

    // Conversions. What cannot be converted is null.
    case floatFromInteger, integerFromFloat, integerFromText, floatFromText
    case textFromInteger, textFromFloat, textFromBool, textFromTimestamp, timestampFromText

    // Texts.
    case lengthOfText, lengthOfBytes, lowercase, uppercase, trim, contains, startsWith, endsWith, concatenate, replace
    case substring
    case bucketOfInteger, bucketOfText

    // Times; `parameter` is the number of a zone.
    case year, month, day, hour, minute, second, weekday, dayOfYear
    case floorToSpan
    case secondsOfSpan, timestampFromSeconds

    /// Kilometres between two points on the globe: latitude, longitude, latitude, longitude, in degrees.
    case geoDistance

    // Vectors; `parameter` is the number of elements.
    case dotProduct, cosineSimilarity, norm, euclideanDistance, element
}
