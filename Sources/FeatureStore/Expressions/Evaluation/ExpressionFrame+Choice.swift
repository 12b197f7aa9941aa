/// Operations with rules of their own for nulls.
extension ExpressionFrame {
    func performChoice(_ step: Step) {
        switch step.operation {
        case .and: kleene(step, decisive: 0)
        case .or: kleene(step, decisive: 1)
        case .not: unary(step, Int64.self, Int64.self) { 1 - $0 }
        case .isNull: isNull(step)
        case .chooseValue: choose(step, Int64.self)
        case .chooseText: choose(step, TextSlice.self)
        case .coalesceValue: coalesce(step, Int64.self)
        case .coalesceText: coalesce(step, TextSlice.self)
        case .nullWhereValue: nullWhere(step, Int64.self)
        default: nullWhere(step, TextSlice.self)
        }
    }

    /// Kleene's three-valued logic: a `decisive` argument settles the result even beside a null.
    private func kleene(_ step: Step, decisive: Int64) {
        let (a, b) = (values(step.arguments.0, Int64.self), values(step.arguments.1, Int64.self))
        let out = values(step.result, Int64.self)
        let neutral = 1 - decisive
        guard hasNulls[step.arguments.0] || hasNulls[step.arguments.1] else {
            hasNulls[step.result] = false
            if decisive == 0 {
                for row in 0..<count { out[row] = a[row] & b[row] }
            } else {
                for row in 0..<count { out[row] = a[row] | b[row] }
            }
            return
        }
        let valid = valid(step.result)
        for row in 0..<count {
            let first = isNull(step.arguments.0, row: row)
            let second = isNull(step.arguments.1, row: row)
            let isSettled = !first && a[row] == decisive || !second && b[row] == decisive
            out[row] = isSettled ? decisive : neutral
            valid[row] = isSettled || !first && !second ? 1 : 0
        }
        hasNulls[step.result] = true
    }

    private func isNull(_ step: Step) {
        let out = values(step.result, Int64.self)
        hasNulls[step.result] = false
        for row in 0..<count { out[row] = isNull(step.arguments.0, row: row) ? 1 : 0 }
    }

    private func choose<T>(_ step: Step, _: T.Type) {
        let (condition, yes, no, _) = step.arguments
        let conditions = values(condition, Int64.self)
        let (a, b, out) = (values(yes, T.self), values(no, T.self), values(step.result, T.self))
        guard hasNulls[condition] || hasNulls[yes] || hasNulls[no] else {
            hasNulls[step.result] = false
            for row in 0..<count { out[row] = conditions[row] != 0 ? a[row] : b[row] }
            return
        }
        let valid = valid(step.result)
        for row in 0..<count {
            let isTrue = conditions[row] != 0 && !isNull(condition, row: row)
            out[row] = isTrue ? a[row] : b[row]
            valid[row] = isNull(isTrue ? yes : no, row: row) ? 0 : 1
        }
        hasNulls[step.result] = true
    }

    private func coalesce<T>(_ step: Step, _: T.Type) {
        let (first, second) = (step.arguments.0, step.arguments.1)
        let (a, b, out) = (values(first, T.self), values(second, T.self), values(step.result, T.self))
        guard hasNulls[first] else {
            hasNulls[step.result] = false
            out.update(from: a, count: count)
            return
        }
        let valid = valid(step.result)
        for row in 0..<count {
            let takesFirst = !isNull(first, row: row)
            out[row] = takesFirst ? a[row] : b[row]
            valid[row] = takesFirst || !isNull(second, row: row) ? 1 : 0
        }
        hasNulls[step.result] = hasNulls[second]
    }

    private func nullWhere<T>(_ step: Step, _: T.Type) {
        let (value, condition) = (step.arguments.0, step.arguments.1)
        let (a, conditions) = (values(value, T.self), values(condition, Int64.self))
        values(step.result, T.self).update(from: a, count: count)
        let valid = valid(step.result)
        for row in 0..<count {
            let isEqual = conditions[row] != 0 && !isNull(condition, row: row)
            valid[row] = isEqual || isNull(value, row: row) ? 0 : 1
        }
        hasNulls[step.result] = true
    }
}
