/// A call whose arguments are typed, with what its messages need.
struct ExpressionCall {
    var function: ExpressionFunction
    var arguments: [TypedExpression]
    /// Where the arguments stand.
    var offsets: [Int]
    var offset: Int

    var types: String { arguments.map { "\($0.type)" }.joined(separator: ", ") }

    /// How the function is told in messages.
    var name: String { function.usage.hasPrefix(function.name + "(") ? "\(function.name)()" : "'\(function.usage)'" }

    func wrongCount(_ wanted: String) -> ExpressionError {
        ExpressionError(
            "\(name) takes \(wanted) \(wanted == "1" ? "value" : "values"), not \(arguments.count): \(function.usage)",
            at: offset)
    }

    /// That the arguments have types which the function does not take.
    func misfit(_ signatures: [ExpressionFunction.Signature]) -> ExpressionError {
        let counts = Set(signatures.map(\.parameters.count))
        if !counts.contains(arguments.count), counts.count == 1, let count = counts.first {
            return wrongCount("\(count)")
        }
        var taken: [String] = []
        for signature in signatures {
            let text = signature.parameters.map { "\($0)" }.joined(separator: ", ")
            if !taken.contains(text) { taken.append(text) }
        }
        return ExpressionError("\(name) takes (\(taken.joined(separator: ") or ("))), not (\(types))", at: offset)
    }

    /// That an argument is of another type than it must be.
    func misfit(_ index: Int, wanted: String) -> ExpressionError {
        ExpressionError("\(name) takes \(wanted), not \(arguments[index].type)", at: offsets[index])
    }

    func operation(
        _ operation: ExpressionOperation, _ arguments: [TypedExpression], _ type: ExpressionType, parameter: Int = 0
    ) -> TypedExpression {
        TypedExpression(kind: .operation(operation, arguments, parameter: parameter), type: type)
    }
}
