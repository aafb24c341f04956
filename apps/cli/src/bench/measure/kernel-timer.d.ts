/** Time that one kernel took on the device. */
export interface KernelTime {
    /** The pipeline's label, or its entry point's where it has none. */
    readonly label: string;
    readonly dispatchCount: number;
    readonly totalMs: number;
}
/** Times single dispatches of any engine of this thread, where the adapter has timestamps. */
export interface KernelTimer {
    /** `undefined` where there are no timestamps or nothing was dispatched. */
    measure(run: () => Promise<void>): Promise<readonly KernelTime[] | undefined>;
}
/**
 * Gives every device timestamps and, while it measures, every dispatch a pass of its own: passes are all
 * that WebGPU times. That slows the step down, so speeds are never measured at the same time.
 */
export declare function installKernelTimer(): KernelTimer;
