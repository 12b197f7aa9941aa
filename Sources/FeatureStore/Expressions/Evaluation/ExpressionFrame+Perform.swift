import Foundation

extension ExpressionFrame {
    /// Runs one step over all rows.
    func perform(_ step: Step) {
        switch step.operation {
        case .addIntegers, .subtractIntegers, .multiplyIntegers, .floorDivideIntegers, .moduloIntegers, .negateInteger,
            .absoluteInteger, .signOfInteger, .minimumOfIntegers, .maximumOfIntegers, .divideIntegers:
            performOnIntegers(step)
        case .addFloats, .subtractFloats, .multiplyFloats, .divideFloats, .floorDivideFloats, .moduloFloats,
            .negateFloat,
            .absoluteFloat, .signOfFloat, .minimumOfFloats, .maximumOfFloats, .floor, .ceiling, .roundToNearest,
            .truncate, .isNaN, .isFinite:
            performOnFloats(step)
        case .squareRoot, .exponential, .exponentialMinusOne, .naturalLogarithm, .decimalLogarithm, .binaryLogarithm,
            .logarithmOfOnePlus, .power, .sine, .cosine, .tangent, .arcSine, .arcCosine, .arcTangent, .arcTangentOfTwo,
            .hyperbolicTangent, .geoDistance:
            performMathematics(step)
        case .equalIntegers, .unequalIntegers, .lessIntegers, .lessOrEqualIntegers, .equalFloats, .unequalFloats,
            .lessFloats, .lessOrEqualFloats, .equalTexts, .unequalTexts, .lessTexts, .lessOrEqualTexts:
            performComparison(step)
        case .and, .or, .not, .isNull, .chooseValue, .chooseText, .coalesceValue, .coalesceText, .nullWhereValue,
            .nullWhereText:
            performChoice(step)
        case .floatFromInteger, .integerFromFloat, .integerFromText, .floatFromText, .textFromInteger, .textFromFloat,
            .textFromBool, .textFromTimestamp, .timestampFromText, .timestampFromSeconds, .secondsOfSpan:
            performConversion(step)
        case .lengthOfText, .lengthOfBytes, .lowercase, .uppercase, .trim, .contains, .startsWith, .endsWith,
            .concatenate, .replace, .substring, .bucketOfInteger, .bucketOfText:
            performOnTexts(step)
        case .year, .month, .day, .hour, .minute, .second, .weekday, .dayOfYear, .floorToSpan:
            performOnTimes(step)
        case .dotProduct, .cosineSimilarity, .norm, .euclideanDistance, .element:
            performOnVectors(step)
        }
    }
}
