// SPDX-License-Identifier: BSD-2-Clause
#include "mediarelay/datapath/command_runner.hpp"

#include "mediarelay/datapath/flow_report.hpp"
#include "mediarelay/session/flow_latch.hpp"

namespace portcullis::relay {

namespace {

using Result = WorkerCompletion::Result;

// After a change of what a flow is to do.
Result changed(StageContext& context, FlowIndex flow, Result result) {
    if (result != Result::Done) return result;
    record(context, flow, StateRecord::State::Live);
    // A latch that a commit or a restored session brought may lead where control has not looked.
    const Flow& hot = context.sessions.flow(flow);
    if ((hot.tx_flags & kFlowSettled) != 0 && needs_next_hop(hot)) {
        report(context, WorkerEvent::Kind::Latched, flow, context.sessions.cold(flow).latch.latched,
               true);
    }
    return result;
}

struct Runner {
    StageContext& context;

    Result operator()(const Barrier&) const { return Result::Done; }
    Result operator()(const InstallFlow& command) const {
        return changed(context, command.flow, context.sessions.install(command));
    }
    Result operator()(const UpdateFlow& command) const {
        return changed(context, command.flow, context.sessions.update(command));
    }
    Result operator()(const StageFlow& command) const { return context.sessions.stage(command); }
    Result operator()(const CommitFlow& command) const {
        return changed(context, command.flow, context.sessions.commit(command));
    }
    Result operator()(const RevertFlow& command) const { return context.sessions.revert(command); }
    Result operator()(const RemoveFlow& command) const {
        const Result result = context.sessions.remove(command);
        if (result == Result::Done) record(context, command.flow, StateRecord::State::Released);
        return result;
    }
    Result operator()(const SetLinks& command) const { return context.sessions.set_links(command); }
    Result operator()(const SetNextHop& command) const {
        return context.sessions.set_next_hop(command);
    }
    Result operator()(const SwapTables& command) const {
        context.tables = command.tables;
        context.bindings.fill(nullptr);
        for (const PortBinding& binding : command.tables->ports) {
            if (binding.port < context.bindings.size()) context.bindings[binding.port] = &binding;
        }
        return Result::Done;
    }
};

}  // namespace

WorkerCompletion::Result run_command(StageContext& context, const CommandBody& body) {
    const Result result = std::visit(Runner{context}, body);
    context.counters.commands.add(1);
    context.counters.flows.set(context.sessions.count());
    return result;
}

}  // namespace portcullis::relay
