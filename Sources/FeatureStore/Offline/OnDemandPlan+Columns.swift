import Columnar

extension OnDemandPlan {
    /// The values of every step for a table of rows.
    ///
    /// - Parameters:
    ///   - request: the request fields' columns, in the service's order.
    ///   - read: the columns of the features that the service reads, in order; there may be more.
    ///   - times: the rows' times; there are some where a step needs them.
    /// - Complexity: O(rows · operations of all steps), on all cores.
    func columns(request: [Column], read: [Column], times: Column?, rowCount: Int) -> [Column] {
        var computed: [Column] = []
        for step in steps {
            let inputs = step.inputs.map { source in
                switch source {
                case .request(let place): return request[place]
                case .read(let place): return read[place]
                case .computed(let place): return computed[place]
                case .now:
                    guard let times else { preconditionFailure("a step needs times, and there are none") }
                    return times
                }
            }
            computed.append(step.expression.evaluate(over: inputs, rowCount: rowCount, as: step.type))
        }
        return computed
    }

    /// The names of the views that read a request field, as a message tells them.
    func views(readingField place: Int) -> String {
        var names: [String] = []
        for step in steps where step.inputs.contains(.request(place)) && !names.contains(step.reference.view) {
            names.append(step.reference.view)
        }
        return names.joined(separator: ", ")
    }
}
