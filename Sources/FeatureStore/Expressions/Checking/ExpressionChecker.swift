import Columnar

/// Finds out the types of an expression, and which names and zones it uses.
struct ExpressionChecker {
    let names: ExpressionNames
    /// The names used so far, in the order of their first use.
    private(set) var inputs: [Expression.Input] = []
    /// The zones used so far.
    private(set) var zones: [ExpressionZone] = []

    init(names: ExpressionNames) { self.names = names }

    mutating func check(_ syntax: ExpressionSyntax) throws(ExpressionError) -> TypedExpression {
        switch syntax.kind {
        case .constant(let constant): return TypedExpression(kind: .constant(constant), type: constant.type)
        case .name(let name): return try input(name, at: syntax.offset)
        case .call(let name, let arguments):
            guard let function = ExpressionFunctions.byName[name] else {
                throw ExpressionError(
                    "there is no function '\(name.shortened)'"
                        + Spelling.suggestion(for: name, in: ExpressionFunctions.callableNames), at: syntax.offset)
            }
            var typed: [TypedExpression] = []
            for argument in arguments { typed.append(try check(argument)) }
            let call = ExpressionCall(
                function: function, arguments: typed, offsets: arguments.map(\.offset), offset: syntax.offset)
            switch function.rule {
            case .signatures(let signatures): return try apply(signatures, to: call)
            case .fold(let signatures): return try fold(signatures, over: call)
            case .form(let form): return try apply(form, to: call)
            }
        }
    }

    /// The value called `name`.
    mutating func input(_ name: String, at offset: Int) throws(ExpressionError) -> TypedExpression {
        if let index = inputs.firstIndex(where: { $0.name == name }) {
            return TypedExpression(kind: .input(index), type: inputs[index].type)
        }
        guard let type = names.types[name] else {
            if ExpressionFunctions.byName[name] != nil {
                throw ExpressionError("'\(name)' is a function: write \(name)(…)", at: offset)
            }
            if let reason = names.refused[name] { throw ExpressionError("'\(name)' \(reason)", at: offset) }
            if name == ExpressionNames.now {
                throw ExpressionError(
                    "there is no 'now' here: a stored value must not depend on when it is computed", at: offset)
            }
            throw ExpressionError(
                "'\(name.shortened)' is not \(names.subject)"
                    + Spelling.suggestion(for: name, in: names.types.keys.sorted()), at: offset)
        }
        inputs.append(Expression.Input(name: name, type: type))
        return TypedExpression(kind: .input(inputs.count - 1), type: type)
    }

    /// The number of the zone that the literal text `argument` names.
    mutating func zone(_ argument: TypedExpression, at offset: Int) throws(ExpressionError) -> Int {
        guard case .constant(.string(let name)) = argument.kind else {
            throw ExpressionError("a zone is written as a text, e.g. 'Europe/Berlin'", at: offset)
        }
        if let known = zones.firstIndex(where: { $0.name == name }) { return known }
        guard let zone = ExpressionZone(named: name) else {
            throw ExpressionError(
                "there is no time zone '\(name.shortened)'"
                    + Spelling.suggestion(for: name, in: ExpressionZone.knownNames), at: offset)
        }
        zones.append(zone)
        return zones.count - 1
    }

    private func apply(
        _ signatures: [ExpressionFunction.Signature], to call: ExpressionCall
    ) throws(ExpressionError) -> TypedExpression {
        var arguments = call.arguments
        try readTimes(among: &arguments, of: call)
        for signature in signatures where signature.parameters.count == arguments.count {
            guard zip(arguments, signature.parameters).allSatisfy({ $0.type.fits($1) }) else { continue }
            var converted = zip(arguments, signature.parameters).map { $0.converted(to: $1) }
            guard let operation = signature.operation else {
                return TypedExpression(kind: converted[0].kind, type: signature.result)
            }
            // Greater is less the other way round.
            if call.function.name == ">" || call.function.name == ">=" { converted.reverse() }
            return TypedExpression(kind: .operation(operation, converted, parameter: 0), type: signature.result)
        }
        throw call.misfit(signatures)
    }

    /// Where a time meets a literal text, the text is read as a time: `created < '2026-01-01'`.
    private func readTimes(
        among arguments: inout [TypedExpression], of call: ExpressionCall
    ) throws(ExpressionError) {
        guard arguments.count == 2, arguments.contains(where: { $0.type == .timestamp }) else { return }
        for (index, argument) in arguments.enumerated() {
            guard case .constant(.string(let text)) = argument.kind else { continue }
            arguments[index] = try time(text, at: call.offsets[index])
        }
    }

    /// The time that a literal text gives.
    func time(_ text: String, at offset: Int) throws(ExpressionError) -> TypedExpression {
        guard let time = Timestamp(parsing: text) else {
            throw ExpressionError("'\(text.shortened)' is no time like 2026-01-31 or 2026-01-31T08:00:00Z", at: offset)
        }
        return TypedExpression(kind: .constant(.timestamp(time)), type: .timestamp)
    }

    private func fold(
        _ signatures: [ExpressionFunction.Signature], over call: ExpressionCall
    ) throws(ExpressionError) -> TypedExpression {
        guard call.arguments.count >= 2 else { throw call.wrongCount("two or more") }
        for signature in signatures {
            guard call.arguments.allSatisfy({ $0.type.fits(signature.parameters[0]) }),
                let operation = signature.operation
            else { continue }
            let arguments = call.arguments.map { $0.converted(to: signature.parameters[0]) }
            return arguments.dropFirst().reduce(arguments[0]) {
                TypedExpression(kind: .operation(operation, [$0, $1], parameter: 0), type: signature.result)
            }
        }
        throw call.misfit(signatures)
    }
}
