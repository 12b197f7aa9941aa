/// The loops that all operations share. The same loop runs over a batch of columns and over a single row online, so that
/// both give the same bits.
extension ExpressionFrame {
    typealias Step = ExpressionProgram.Step

    /// The result is null where an argument is.
    @inline(__always)
    func mergeNulls(_ step: Step) {
        mergeNulls(step.arguments.0, step.argumentCount > 1 ? step.arguments.1 : nil, into: step.result)
        if step.argumentCount > 2 { addNulls(of: step.arguments.2, to: step.result) }
        if step.argumentCount > 3 { addNulls(of: step.arguments.3, to: step.result) }
    }

    private func mergeNulls(_ a: Int, _ b: Int?, into result: Int) {
        hasNulls[result] = false
        addNulls(of: a, to: result)
        if let b { addNulls(of: b, to: result) }
    }

    func addNulls(of argument: Int, to result: Int) {
        guard hasNulls[argument] else { return }
        let (from, to) = (valid(argument), valid(result))
        if hasNulls[result] {
            for row in 0..<count { to[row] &= from[row] }
        } else {
            to.update(from: from, count: count)
            hasNulls[result] = true
        }
    }

    /// Makes `valid` of the result readable although no row is null yet.
    func prepareNulls(_ result: Int) {
        if !hasNulls[result] { valid(result).update(repeating: 1, count: count) }
    }

    @inline(__always)
    func unary<A, R>(_ step: Step, _: A.Type, _: R.Type, _ body: (A) -> R) {
        mergeNulls(step)
        let (a, out) = (values(step.arguments.0, A.self), values(step.result, R.self))
        for row in 0..<count { out[row] = body(a[row]) }
    }

    @inline(__always)
    func binary<A, R>(_ step: Step, _: A.Type, _: R.Type, _ body: (A, A) -> R) {
        mergeNulls(step)
        let (a, b) = (values(step.arguments.0, A.self), values(step.arguments.1, A.self))
        let out = values(step.result, R.self)
        for row in 0..<count { out[row] = body(a[row], b[row]) }
    }

    /// `body` says whether there is a value.
    @inline(__always)
    func checkedUnary<A, R>(_ step: Step, _: A.Type, _: R.Type, _ body: (A) -> (R, Bool)) {
        mergeNulls(step)
        prepareNulls(step.result)
        let (a, out, valid) = (values(step.arguments.0, A.self), values(step.result, R.self), valid(step.result))
        var areAll = true
        for row in 0..<count {
            let (value, isValue) = body(a[row])
            out[row] = value
            valid[row] &= isValue ? 1 : 0
            areAll = areAll && isValue
        }
        if !areAll { hasNulls[step.result] = true }
    }

    /// `body` says whether there is a value.
    @inline(__always)
    func checkedBinary<A, B, R>(_ step: Step, _: A.Type, _: B.Type, _: R.Type, _ body: (A, B) -> (R, Bool)) {
        mergeNulls(step)
        prepareNulls(step.result)
        let (a, b) = (values(step.arguments.0, A.self), values(step.arguments.1, B.self))
        let (out, valid) = (values(step.result, R.self), valid(step.result))
        var areAll = true
        for row in 0..<count {
            let (value, isValue) = body(a[row], b[row])
            out[row] = value
            valid[row] &= isValue ? 1 : 0
            areAll = areAll && isValue
        }
        if !areAll { hasNulls[step.result] = true }
    }

    /// Where the result is not null, `body` makes a text of the row, or nil for null; elsewhere the text is empty.
    @inline(__always)
    func text(_ step: Step, _ body: (Int) -> TextSlice?) {
        mergeNulls(step)
        prepareNulls(step.result)
        let (out, valid) = (values(step.result, TextSlice.self), valid(step.result))
        for row in 0..<count {
            if valid[row] != 0, let text = body(row) {
                out[row] = text
            } else {
                out[row] = .empty
                valid[row] = 0
                hasNulls[step.result] = true
            }
        }
    }
}
