import Columnar

/// Functions whose result's type depends on their arguments in ways of their own.
extension ExpressionChecker {
    mutating func apply(
        _ form: ExpressionFunction.Form, to call: ExpressionCall
    ) throws(ExpressionError) -> TypedExpression {
        switch form {
        case .choice: return try choice(call)
        case .coalesce: return try coalesce(call)
        case .nullWhere: return try nullWhere(call)
        case .isNull:
            try require(1, call)
            return call.operation(.isNull, call.arguments, .bool)
        case .membership: return try membership(call)
        case .clip: return try clip(call)
        case .timestamp: return try timestamp(call)
        case .since: return try since(call)
        case .timePart(let operation): return try timePart(operation, call)
        case .isWeekend:
            let weekday = try timePart(.weekday, call)
            let friday = TypedExpression(kind: .constant(.integer(4)), type: .integer)
            return call.operation(.lessIntegers, [friday, weekday], .bool)
        case .bucket: return try bucket(call)
        case .vectors(let operation): return try vectors(operation, call)
        case .norm:
            try require(1, call)
            guard case .vector(let count) = call.arguments[0].type else { throw call.misfit(0, wanted: "a vector") }
            return call.operation(.norm, call.arguments, .float, parameter: count)
        case .element: return try element(call)
        case .span(let microseconds): return try span(microseconds, call)
        }
    }

    private func require(_ count: Int, _ call: ExpressionCall) throws(ExpressionError) {
        guard call.arguments.count == count else { throw call.wrongCount("\(count)") }
    }

    /// The arguments from `first` on, in the type that all can have.
    private func united(
        _ call: ExpressionCall, from first: Int = 0
    ) throws(ExpressionError) -> (arguments: [TypedExpression], type: ExpressionType) {
        var type = ExpressionType.null
        for (index, argument) in call.arguments.enumerated().dropFirst(first) {
            guard let both = type.united(with: argument.type) else {
                throw ExpressionError(
                    "\(call.name) takes values of one type, not \(type) and \(argument.type)", at: call.offsets[index])
            }
            type = both
        }
        return (call.arguments[first...].map { $0.converted(to: type) }, type)
    }

    private func choice(_ call: ExpressionCall) throws(ExpressionError) -> TypedExpression {
        try require(3, call)
        guard call.arguments[0].type.fits(.bool) else { throw call.misfit(0, wanted: "a bool first") }
        let (values, type) = try united(call, from: 1)
        let condition = call.arguments[0].converted(to: .bool)
        return call.operation(type.isText ? .chooseText : .chooseValue, [condition] + values, type)
    }

    private func coalesce(_ call: ExpressionCall) throws(ExpressionError) -> TypedExpression {
        guard call.arguments.count >= 2 else { throw call.wrongCount("two or more") }
        let (values, type) = try united(call)
        return values.dropFirst().reduce(values[0]) {
            call.operation(type.isText ? .coalesceText : .coalesceValue, [$0, $1], type)
        }
    }

    private func nullWhere(_ call: ExpressionCall) throws(ExpressionError) -> TypedExpression {
        try require(2, call)
        let (values, type) = try united(call)
        let isEqual = try equality(values[0], values[1], type, call)
        return call.operation(type.isText ? .nullWhereText : .nullWhereValue, [values[0], isEqual], type)
    }

    private func equality(
        _ a: TypedExpression, _ b: TypedExpression, _ type: ExpressionType, _ call: ExpressionCall
    ) throws(ExpressionError) -> TypedExpression {
        switch type {
        case .float: return call.operation(.equalFloats, [a, b], .bool)
        case .string, .bytes: return call.operation(.equalTexts, [a, b], .bool)
        case .vector: throw ExpressionError("\(call.name) does not compare vectors", at: call.offset)
        default: return call.operation(.equalIntegers, [a, b], .bool)
        }
    }

    private func membership(_ call: ExpressionCall) throws(ExpressionError) -> TypedExpression {
        guard call.arguments.count >= 2 else {
            throw ExpressionError("'in' needs at least one value in its brackets", at: call.offset)
        }
        var typed = call
        if call.arguments[0].type == .timestamp {
            for (index, argument) in call.arguments.enumerated() {
                guard case .constant(.string(let text)) = argument.kind else { continue }
                typed.arguments[index] = try time(text, at: call.offsets[index])
            }
        }
        let (values, type) = try united(typed)
        var result: TypedExpression?
        for value in values.dropFirst() {
            let isEqual = try equality(values[0], value, type, call)
            result = result.map { call.operation(.or, [$0, isEqual], .bool) } ?? isEqual
        }
        return result ?? TypedExpression(kind: .constant(.bool(false)), type: .bool)
    }

    private func clip(_ call: ExpressionCall) throws(ExpressionError) -> TypedExpression {
        try require(3, call)
        let (values, type) = try united(call)
        switch type {
        case .integer, .timestamp, .duration, .null:
            let raised = call.operation(.maximumOfIntegers, [values[0], values[1]], type)
            return call.operation(.minimumOfIntegers, [raised, values[2]], type)
        case .float:
            let raised = call.operation(.maximumOfFloats, [values[0], values[1]], type)
            return call.operation(.minimumOfFloats, [raised, values[2]], type)
        default: throw call.misfit(0, wanted: "numbers, times or durations")
        }
    }

    private func timestamp(_ call: ExpressionCall) throws(ExpressionError) -> TypedExpression {
        try require(1, call)
        switch call.arguments[0].kind {
        case .constant(.string(let text)): return try time(text, at: call.offsets[0])
        default:
            guard call.arguments[0].type.fits(.string) else { throw call.misfit(0, wanted: "a text") }
            return call.operation(.timestampFromText, [call.arguments[0].converted(to: .string)], .timestamp)
        }
    }

    private mutating func since(_ call: ExpressionCall) throws(ExpressionError) -> TypedExpression {
        try require(1, call)
        guard call.arguments[0].type.fits(.timestamp) else { throw call.misfit(0, wanted: "a time") }
        let now = try input(ExpressionNames.now, at: call.offset)
        return call.operation(.subtractIntegers, [now, call.arguments[0].converted(to: .timestamp)], .duration)
    }

    private mutating func timePart(
        _ operation: ExpressionOperation, _ call: ExpressionCall
    ) throws(ExpressionError) -> TypedExpression {
        guard (1...2).contains(call.arguments.count) else { throw call.wrongCount("1 or 2") }
        guard call.arguments[0].type.fits(.timestamp) else { throw call.misfit(0, wanted: "a time") }
        let zone = call.arguments.count == 2 ? try zone(call.arguments[1], at: call.offsets[1]) : ExpressionZone.utc
        return call.operation(operation, [call.arguments[0].converted(to: .timestamp)], .integer, parameter: zone)
    }

    private func bucket(_ call: ExpressionCall) throws(ExpressionError) -> TypedExpression {
        try require(2, call)
        guard case .constant(.integer(let count)) = call.arguments[1].kind, (1...Int64(Int32.max)).contains(count)
        else {
            throw ExpressionError(
                "the number of buckets is written as an integer from 1 to \(Int32.max)", at: call.offsets[1])
        }
        switch call.arguments[0].type {
        case .string, .bytes: return call.operation(.bucketOfText, [call.arguments[0]], .integer, parameter: Int(count))
        case .integer, .bool, .timestamp, .duration, .null:
            return call.operation(.bucketOfInteger, [call.arguments[0]], .integer, parameter: Int(count))
        case .float, .vector:
            throw call.misfit(0, wanted: "an integer, text, bool or time (of a float take int(x))")
        }
    }

    private func vectors(
        _ operation: ExpressionOperation, _ call: ExpressionCall
    ) throws(ExpressionError) -> TypedExpression {
        try require(2, call)
        guard case .vector(let count) = call.arguments[0].type else { throw call.misfit(0, wanted: "vectors") }
        guard case .vector(let other) = call.arguments[1].type else { throw call.misfit(1, wanted: "vectors") }
        guard count == other else {
            throw ExpressionError(
                "\(call.name) takes vectors of one length, not of \(count) and \(other)", at: call.offset)
        }
        return call.operation(operation, call.arguments, .float, parameter: count)
    }

    private func element(_ call: ExpressionCall) throws(ExpressionError) -> TypedExpression {
        guard case .vector(let count) = call.arguments[0].type else { throw call.misfit(0, wanted: "a vector") }
        guard call.arguments[1].type.fits(.integer) else {
            throw call.misfit(1, wanted: "an integer between its brackets")
        }
        if case .constant(.integer(let index)) = call.arguments[1].kind, !(0..<Int64(count)).contains(index) {
            throw ExpressionError(
                "there is no element \(index): they are numbered from 0 to \(count - 1)", at: call.offsets[1])
        }
        let index = call.arguments[1].converted(to: .integer)
        return call.operation(.element, [call.arguments[0], index], .float, parameter: count)
    }

    private func span(_ microseconds: Int64, _ call: ExpressionCall) throws(ExpressionError) -> TypedExpression {
        try require(1, call)
        guard call.arguments[0].type.fits(.duration) else { throw call.misfit(0, wanted: "a duration") }
        let unit = TypedExpression(kind: .constant(.integer(microseconds)), type: .duration)
        return call.operation(.divideIntegers, [call.arguments[0].converted(to: .duration), unit], .float)
    }
}
